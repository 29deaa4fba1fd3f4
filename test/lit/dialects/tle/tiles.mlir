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

// CHECK-LABEL: tt.func @buffers
//       CHECK:   tle.local_ptr %{{.*}} : !tt.ptr<tensor<8x16xf32>> -> tensor<8x16x!tt.ptr<f32>>
//       CHECK:   tle.local_ptr %{{.*}}[%{{.*}}, %{{.*}}] : !tt.ptr<tensor<8x16xf32>> -> !tt.ptr<f32>
//       CHECK:   tle.local_ptr %{{.*}}[%{{.*}}, %{{.*}}] : !tt.ptr<tensor<8x16xf32>> -> tensor<4x!tt.ptr<f32>>
//       CHECK:   tle.to_tensor %{{.*}} : !tt.ptr<tensor<8x16xf32>> -> tensor<8x16xf32>
//       CHECK:   tle.to_buffer %{{.*}} in %{{.*}} : tensor<8x16xf32>, !tt.ptr<tensor<8x16xf32>> -> !tt.ptr<tensor<8x16xf32>>
tt.func @buffers(%b: !tt.ptr<tensor<8x16xf32>>, %i: i32, %j: tensor<4xi32>) {
  %1 = tle.local_ptr %b : !tt.ptr<tensor<8x16xf32>> -> tensor<8x16x!tt.ptr<f32>>
  %2 = tle.local_ptr %b[%i, %i] : !tt.ptr<tensor<8x16xf32>> -> !tt.ptr<f32>
  %3 = tle.local_ptr %b[%j, %j] : !tt.ptr<tensor<8x16xf32>> -> tensor<4x!tt.ptr<f32>>
  %4 = tle.to_tensor %b : !tt.ptr<tensor<8x16xf32>> -> tensor<8x16xf32>
  %5 = tle.to_buffer %4 in %b : tensor<8x16xf32>, !tt.ptr<tensor<8x16xf32>> -> !tt.ptr<tensor<8x16xf32>>
  tt.return
}
