// A pack of loaded memory reads it where it is; a pack of another tensor reads that tensor's buffer.
// RUN: smtir opt %s --passes=lower-packs | filecheck %s

// CHECK-LABEL: func.func @packs
// CHECK-SAME: %[[M:.*]]: memref<?x?xf32>, %[[X:.*]]: tensor<16x16xf32>, %[[PAD:.*]]: f32
// CHECK: %[[FIRST:.*]] = memref.alloc() : memref<2x2x8x8xf32>
// CHECK: "smtir.pack"(%[[M]], %[[FIRST]], %[[PAD]])
// CHECK-SAME: inner_dims_pos = array<i64: 0, 1>, outer_dims_perm = array<i64: 0, 1>, static_inner_tiles = array<i64: 8, 8>
// CHECK: bufferization.to_tensor %[[FIRST]] restrict writable
// CHECK: %[[SECOND:.*]] = memref.alloc() : memref<2x4x4x8xf32>
// CHECK: %[[READ:.*]] = bufferization.to_buffer %[[X]] read_only
// CHECK: "smtir.pack"(%[[READ]], %[[SECOND]])
// CHECK-SAME: outer_dims_perm = array<i64: 1, 0>
// CHECK-NOT: linalg.pack
func.func @packs(%m: memref<?x?xf32>, %x: tensor<16x16xf32>, %pad: f32)
    -> (tensor<2x2x8x8xf32>, tensor<2x4x4x8xf32>) {
  %t = bufferization.to_tensor %m restrict : memref<?x?xf32> to tensor<?x?xf32>
  %e = tensor.empty() : tensor<2x2x8x8xf32>
  %p = linalg.pack %t padding_value(%pad : f32) inner_dims_pos = [0, 1] inner_tiles = [8, 8] into %e
    : tensor<?x?xf32> -> tensor<2x2x8x8xf32>
  %f = tensor.empty() : tensor<2x4x4x8xf32>
  %q = linalg.pack %x outer_dims_perm = [1, 0] inner_dims_pos = [0, 1] inner_tiles = [4, 8] into %f
    : tensor<16x16xf32> -> tensor<2x4x4x8xf32>
  return %p, %q : tensor<2x2x8x8xf32>, tensor<2x4x4x8xf32>
}

// What is only stored is packed, or unpacked, where it is stored to; with another user it is not.
// CHECK-LABEL: func.func @stored
// CHECK-SAME: %[[X:.*]]: tensor<16x16xf32>, %[[TILES:.*]]: memref<2x2x8x8xf32, strided<[512, 128, 8, 1]>>, %[[ROWS:.*]]: memref<16x16xf32>
// CHECK: "smtir.pack"(%{{.*}}, %[[TILES]])
// CHECK: %[[OWN:.*]] = memref.alloc() : memref<2x2x8x8xf32>
// CHECK: "smtir.pack"(%{{.*}}, %[[OWN]])
// CHECK: %[[BOTH:.*]] = bufferization.to_tensor %[[OWN]]
// CHECK: bufferization.materialize_in_destination %[[BOTH]] in
// CHECK: "smtir.unpack"(%{{.*}}, %[[ROWS]])
// CHECK-NOT: materialize_in_destination
func.func @stored(%x: tensor<16x16xf32>, %tiles: memref<2x2x8x8xf32, strided<[512, 128, 8, 1]>>, %rows: memref<16x16xf32>) {
  %e = tensor.empty() : tensor<2x2x8x8xf32>
  %p = linalg.pack %x inner_dims_pos = [0, 1] inner_tiles = [8, 8] into %e : tensor<16x16xf32> -> tensor<2x2x8x8xf32>
  bufferization.materialize_in_destination %p in restrict writable %tiles : (tensor<2x2x8x8xf32>, memref<2x2x8x8xf32, strided<[512, 128, 8, 1]>>) -> ()
  %q = linalg.pack %x inner_dims_pos = [0, 1] inner_tiles = [8, 8] into %e : tensor<16x16xf32> -> tensor<2x2x8x8xf32>
  bufferization.materialize_in_destination %q in restrict writable %tiles : (tensor<2x2x8x8xf32>, memref<2x2x8x8xf32, strided<[512, 128, 8, 1]>>) -> ()
  %f = tensor.empty() : tensor<16x16xf32>
  %u = linalg.unpack %q inner_dims_pos = [0, 1] inner_tiles = [8, 8] into %f : tensor<2x2x8x8xf32> -> tensor<16x16xf32>
  bufferization.materialize_in_destination %u in restrict writable %rows : (tensor<16x16xf32>, memref<16x16xf32>) -> ()
  return
}
