// RUN: smtir opt %s --passes=xsmt-parallel-to-forall --split-input-file | filecheck %s

// An update in a branch happens in some iterations only: the loop keeps its order.
// CHECK-LABEL: func.func @branch
//       CHECK:   scf.for
//   CHECK-NOT:   bind_sub_block
func.func @branch(%x: tensor<64x64xf32>, %t: tensor<32x64xf32>, %c: i1) -> tensor<64x64xf32> {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %r = scf.for %i = %c0 to %c64 step %c32 iter_args(%acc = %x) -> (tensor<64x64xf32>) {
    %b = scf.if %c -> (tensor<64x64xf32>) {
      %n = tensor.insert_slice %t into %acc[%i, 0] [32, 64] [1, 1] : tensor<32x64xf32> into tensor<64x64xf32>
      scf.yield %n : tensor<64x64xf32>
    } else {
      scf.yield %acc : tensor<64x64xf32>
    }
    scf.yield %b : tensor<64x64xf32>
  } {bind_sub_block = true}
  return %r : tensor<64x64xf32>
}

// -----

// Two windows in an iteration, and one of a size known at run time only.
// CHECK-LABEL: func.func @windows
//   CHECK-NOT:   scf.forall
//       CHECK:   return
func.func @windows(%x: tensor<64x64xf32>, %t: tensor<16x64xf32>, %u: tensor<?x64xf32>, %n: index) -> (tensor<64x64xf32>, tensor<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %r = scf.for %i = %c0 to %c64 step %c32 iter_args(%acc = %x) -> (tensor<64x64xf32>) {
    %j = arith.addi %i, %c16 : index
    %a = tensor.insert_slice %t into %acc[%i, 0] [16, 64] [1, 1] : tensor<16x64xf32> into tensor<64x64xf32>
    %b = tensor.insert_slice %t into %a[%j, 0] [16, 64] [1, 1] : tensor<16x64xf32> into tensor<64x64xf32>
    scf.yield %b : tensor<64x64xf32>
  } {bind_sub_block = true}
  %s = scf.for %i = %c0 to %c64 step %c32 iter_args(%acc = %x) -> (tensor<64x64xf32>) {
    %a = tensor.insert_slice %u into %acc[%i, 0] [%n, 64] [1, 1] : tensor<?x64xf32> into tensor<64x64xf32>
    scf.yield %a : tensor<64x64xf32>
  } {bind_sub_block = true}
  return %r, %s : tensor<64x64xf32>, tensor<64x64xf32>
}
