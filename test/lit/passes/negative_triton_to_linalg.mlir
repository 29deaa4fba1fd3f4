// RUN: smtir opt %s --passes=triton-to-linalg | filecheck %s

// An 8-bit float that has no emulation: the operation stays, for the check of the stage to name it.
// CHECK-LABEL: func @f8
//       CHECK:   tt.fp_to_fp
tt.func @f8(%x: tensor<8xf8E4M3FNUZ>) -> tensor<8xf32> {
  %y = tt.fp_to_fp %x : tensor<8xf8E4M3FNUZ> -> tensor<8xf32>
  tt.return %y : tensor<8xf32>
}
