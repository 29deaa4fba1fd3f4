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

// A number from outside is asserted to be one of the tiles.
// CHECK-LABEL: func @dynamic
//  CHECK-SAME:   , %[[I:.*]]: i32
//       CHECK:   %[[INSIDE:.*]] = arith.cmpi ult, %[[I]], %c4{{.*}} : i32
//       CHECK:   cf.assert %[[INSIDE]], "the index is out of range: there are 4 tiles, from 0 to 3"
//       CHECK:   arith.remui
//       CHECK:   arith.divui
//       CHECK:   tensor.extract_slice %{{.*}}[%{{.*}}, %{{.*}}] [4, 8] [1, 1]
tt.func @dynamic(%x: tensor<8x16xf32>, %i: i32) -> tensor<4x8xf32> {
  %t = tle.extract_tile %x[%i] {tile_shape = array<i64: 4, 8>} : tensor<8x16xf32>, i32 -> tensor<4x8xf32>
  tt.return %t : tensor<4x8xf32>
}

// -----

// A number that is surely one of the tiles is not checked.
// CHECK-LABEL: func @negative_surely_in_range
//   CHECK-NOT:   cf.assert
//       CHECK:   tensor.extract_slice
tt.func @negative_surely_in_range(%x: tensor<8x16xf32>, %i: i32) -> tensor<4x8xf32> {
  %c0 = arith.constant 0 : i32
  %c3 = arith.constant 3 : i32
  %low = arith.maxsi %i, %c0 : i32
  %number = arith.minsi %low, %c3 : i32
  %t = tle.extract_tile %x[%number] {tile_shape = array<i64: 4, 8>} : tensor<8x16xf32>, i32 -> tensor<4x8xf32>
  tt.return %t : tensor<4x8xf32>
}
