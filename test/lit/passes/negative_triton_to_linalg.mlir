// RUN: smtir opt %s --passes=triton-to-linalg | filecheck %s

// 8-bit floats have no rule yet: the operation stays, for the stage's check to name it.
// CHECK-LABEL: func @f8
//       CHECK:   tt.fp_to_fp
tt.func @f8(%x: tensor<8xf8E5M2>) -> tensor<8xf32> {
  %y = tt.fp_to_fp %x : tensor<8xf8E5M2> -> tensor<8xf32>
  tt.return %y : tensor<8xf32>
}
