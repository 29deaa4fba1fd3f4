// RUN: smtir opt %s --passes=triton-to-linalg | filecheck %s

// An 8-bit float that has no emulation: the operation stays, for the check of the stage to name it.
// CHECK-LABEL: func @f8
//       CHECK:   tt.fp_to_fp
tt.func @f8(%x: tensor<8xf8E4M3FNUZ>) -> tensor<8xf32> {
  %y = tt.fp_to_fp %x : tensor<8xf8E4M3FNUZ> -> tensor<8xf32>
  tt.return %y : tensor<8xf32>
}

// -----

// CHECK-LABEL: func @mapped_in_threes
//       CHECK:   tt.map_elementwise
tt.func @mapped_in_threes(%x: tensor<16xi32>) -> tensor<16xi32> {
  %r = "tt.map_elementwise"(%x) <{pack = 3 : i32}> ({
  ^bb0(%a: i32, %b: i32, %c: i32):
    tt.map_elementwise.return %b, %a, %c : i32, i32, i32
  }) : (tensor<16xi32>) -> tensor<16xi32>
  tt.return %r : tensor<16xi32>
}
