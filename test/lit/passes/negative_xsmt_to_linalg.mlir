// RUN: smtir opt %s --passes=xsmt-to-linalg | filecheck %s

// A window of the first smt API has no value: SSA does not say what is written through it.
// CHECK-LABEL: tt.func @window
//       CHECK:   xsmt.view
tt.func @window(%x: tensor<64x64xf32>) -> tensor<4x4x8x16xf32> {
  %c0 = arith.constant 0 : i32
  %v = "xsmt.view"(%x, %c0, %c0) {micro_size = array<i32: 8, 16>, shape = array<i32: 32, 64>} : (tensor<64x64xf32>, i32, i32) -> tensor<4x4x8x16xf32>
  tt.return %v : tensor<4x4x8x16xf32>
}

// An allocation holds nothing yet: no product can be added to it.
// CHECK-LABEL: tt.func @onto_an_allocation
//       CHECK:   xsmt.mmt4d
tt.func @onto_an_allocation(%a: tensor<4x8x8x8xf32>, %b: tensor<8x4x8x16xf32>) -> tensor<4x4x8x16xf32> {
  %c = tensor.empty() : tensor<4x4x8x16xf32>
  %d = xsmt.mmt4d %a, %b, %c : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32>, tensor<4x4x8x16xf32> -> tensor<4x4x8x16xf32>
  tt.return %d : tensor<4x4x8x16xf32>
}
