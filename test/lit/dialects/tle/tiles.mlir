// RUN: smtir opt %s | filecheck %s
// RUN: smtir opt %s --print-generic | smtir opt - | filecheck %s

// CHECK-LABEL: tt.func @tiles
//       CHECK:   tle.extract_tile %{{.*}}[%{{.*}}] {tile_shape = array<i64: 4, 8>} : tensor<8x16xf32>, i32 -> tensor<4x8xf32>
//       CHECK:   tle.extract_tile %{{.*}}[%{{.*}}] {tile_shape = array<i64: 32>} : tensor<64xi8>, i64 -> tensor<32xi8>
//       CHECK:   tle.insert_tile %{{.*}}[%{{.*}}] = %{{.*}} : tensor<8x16xf32>, i32, tensor<4x8xf32> -> tensor<8x16xf32>
tt.func @tiles(%x: tensor<8x16xf32>, %y: tensor<64xi8>, %i: i32, %j: i64) -> (tensor<8x16xf32>, tensor<32xi8>) {
  %t = tle.extract_tile %x[%i] {tile_shape = array<i64: 4, 8>} : tensor<8x16xf32>, i32 -> tensor<4x8xf32>
  %u = tle.extract_tile %y[%j] {tile_shape = array<i64: 32>} : tensor<64xi8>, i64 -> tensor<32xi8>
  %z = tle.insert_tile %x[%i] = %t : tensor<8x16xf32>, i32, tensor<4x8xf32> -> tensor<8x16xf32>
  tt.return %z, %u : tensor<8x16xf32>, tensor<32xi8>
}
