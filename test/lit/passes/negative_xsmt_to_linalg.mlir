// RUN: smtir opt %s --passes=xsmt-to-linalg | filecheck %s

// A window of the first smt API has no value: SSA does not say what is written through it.
// CHECK-LABEL: tt.func @window
//       CHECK:   xsmt.view
tt.func @window(%x: tensor<64x64xf32>) -> tensor<4x4x8x16xf32> {
  %c0 = arith.constant 0 : i32
  %v = "xsmt.view"(%x, %c0, %c0) {micro_size = array<i32: 8, 16>, shape = array<i32: 32, 64>} : (tensor<64x64xf32>, i32, i32) -> tensor<4x4x8x16xf32>
  tt.return %v : tensor<4x4x8x16xf32>
}
