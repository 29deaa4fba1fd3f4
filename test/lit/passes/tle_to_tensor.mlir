// RUN: smtir opt %s --passes=tle-to-tensor,canonicalize --split-input-file | filecheck %s

// A constant number is a static slice.
// CHECK-LABEL: func @static
//       CHECK:   %[[T:.*]] = tensor.extract_slice %[[X:.*]][4, 8] [4, 8] [1, 1]
//       CHECK:   tensor.insert_slice %[[T]] into %[[X]][0, 8] [4, 8] [1, 1]
tt.func @static(%x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %c3 = arith.constant 3 : i32
  %c1 = arith.constant 1 : i32
  %t = tle.extract_tile %x[%c3] {tile_shape = array<i64: 4, 8>} : tensor<8x16xf32>, i32 -> tensor<4x8xf32>
  %z = tle.insert_tile %x[%c1] = %t : tensor<8x16xf32>, i32, tensor<4x8xf32> -> tensor<8x16xf32>
  tt.return %z : tensor<8x16xf32>
}

// -----

// A number from outside is taken into the range of the tiles.
// CHECK-LABEL: func @dynamic
//       CHECK:   arith.maxsi
//       CHECK:   arith.minsi
//       CHECK:   arith.remsi
//       CHECK:   arith.divsi
//       CHECK:   tensor.extract_slice %{{.*}}[%{{.*}}, %{{.*}}] [4, 8] [1, 1]
tt.func @dynamic(%x: tensor<8x16xf32>, %i: i32) -> tensor<4x8xf32> {
  %t = tle.extract_tile %x[%i] {tile_shape = array<i64: 4, 8>} : tensor<8x16xf32>, i32 -> tensor<4x8xf32>
  tt.return %t : tensor<4x8xf32>
}
