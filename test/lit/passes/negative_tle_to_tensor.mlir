// RUN: smtir opt %s --passes=tle-to-tensor,canonicalize | filecheck %s

// The number of a loop over the tiles is in range: nothing limits it.
// CHECK-LABEL: func @in_range
//   CHECK-NOT:   arith.maxsi
//   CHECK-NOT:   arith.minsi
//       CHECK:   tensor.insert_slice
tt.func @in_range(%x: tensor<64xf32>, %t: tensor<16xf32>) -> tensor<64xf32> {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c4 = arith.constant 4 : i32
  %r = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %x) -> (tensor<64xf32>) : i32 {
    %z = tle.insert_tile %a[%i] = %t : tensor<64xf32>, i32, tensor<16xf32> -> tensor<64xf32>
    scf.yield %z : tensor<64xf32>
  }
  tt.return %r : tensor<64xf32>
}
