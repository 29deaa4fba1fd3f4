// RUN: smtir opt %s --passes=xsmt-alloc-to-memref,triton-to-memref,canonicalize,cse --split-input-file | filecheck %s

// A packed window that lies inside is read with its own strides; a store unpacks into it.
// CHECK-LABEL: func @inside
//       CHECK:   %[[M:.*]] = memref.alloc() {storage = "l2"} : memref<64x64xf32>
//       CHECK:   %[[W:.*]] = memref.reinterpret_cast %[[M]] to offset: [1040], sizes: [32, 32], strides: [64, 1]
//       CHECK:   %[[R:.*]] = bufferization.to_tensor
//       CHECK:   %[[P:.*]] = linalg.pack %[[R]] outer_dims_perm = [0, 1] inner_dims_pos = [0, 1] inner_tiles = [8, 16]
//       CHECK:   linalg.unpack
//       CHECK:   bufferization.materialize_in_destination %{{.*}} in restrict writable %[[W]]
//   CHECK-NOT:   xsmt.
tt.func @inside() {
  %c16 = arith.constant 16 : i32
  %p = xsmt.alloc [[64, 64]] storage("l2") : <tensor<64x64xf32>>
  %w = xsmt.subview_pack %p, [%c16, %c16], [[32, 32]], [[8, 16]] : <tensor<64x64xf32>> -> <tensor<4x2x8x16xf32>>
  %x = tt.load %w : !tt.ptr<tensor<4x2x8x16xf32>>
  %y = arith.negf %x : tensor<4x2x8x16xf32>
  tt.store %w, %y : !tt.ptr<tensor<4x2x8x16xf32>>
  tt.return
}

// -----

// A window that may stick out is clamped to its base, and what is outside reads as zero.
// CHECK-LABEL: func @clamped
//       CHECK:   arith.minsi
//       CHECK:   memref.subview %{{.*}}[0, 0] [%{{.*}}, 32] [1, 1]
//       CHECK:   linalg.pack %{{.*}}
tt.func @clamped(%n: i32) -> tensor<4x2x8x16xf32> {
  %c0 = arith.constant 0 : i32
  %p = xsmt.alloc [[64, 64]] storage("l2") : <tensor<64x64xf32>>
  %w = xsmt.subview_pack %p, [%n, %c0], [[32, 32]], [[8, 16]] : <tensor<64x64xf32>> -> <tensor<4x2x8x16xf32>>
  %x = tt.load %w : !tt.ptr<tensor<4x2x8x16xf32>>
  tt.return %x : tensor<4x2x8x16xf32>
}

// -----

// A store to a buffer of the kernel's own changes no other memory: nothing is copied.
// CHECK-LABEL: func @no_alias
//   CHECK-NOT:   memref.copy
//       CHECK:   return
tt.func @no_alias(%a: !tt.ptr<f32>) -> tensor<8x8xf32> {
  %c0 = arith.constant 0 : i32
  %c8 = arith.constant 8 : i64
  %c1 = arith.constant 1 : i64
  %x = tt.make_tensor_ptr %a, [%c8, %c8], [%c8, %c1], [%c0, %c0] {order = array<i32: 1, 0>} : <tensor<8x8xf32>>
  %p = xsmt.alloc [[8, 8]] storage("l2") : <tensor<8x8xf32>>
  %q = xsmt.alloc [[8, 8]] storage("l2") : <tensor<8x8xf32>>
  %v = tt.load %x : !tt.ptr<tensor<8x8xf32>>
  tt.store %p, %v : !tt.ptr<tensor<8x8xf32>>
  %w = tt.load %p : !tt.ptr<tensor<8x8xf32>>
  tt.store %q, %w : !tt.ptr<tensor<8x8xf32>>
  %s = arith.addf %v, %w : tensor<8x8xf32>
  tt.return %s : tensor<8x8xf32>
}

// -----

// Two views of one place are two pointers here and become one: a store between them needs a copy.
// CHECK-LABEL: func @same_place
//       CHECK:   memref.copy
//       CHECK:   memref.copy
tt.func @same_place(%z: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %c0 = arith.constant 0 : i32
  %p = xsmt.alloc [[8, 8]] storage("l2") : <tensor<8x8xf32>>
  %a = xsmt.subview %p, [%c0, %c0], [[8, 8]] : <tensor<8x8xf32>> -> <tensor<8x8xf32>>
  %v = tt.load %a : !tt.ptr<tensor<8x8xf32>>
  tt.store %p, %z : !tt.ptr<tensor<8x8xf32>>
  %b = xsmt.subview %p, [%c0, %c0], [[8, 8]] : <tensor<8x8xf32>> -> <tensor<8x8xf32>>
  %w = tt.load %b : !tt.ptr<tensor<8x8xf32>>
  %s = arith.addf %v, %w : tensor<8x8xf32>
  tt.return %s : tensor<8x8xf32>
}

// -----

// Copies of a buffer lie one behind the other.
// CHECK-LABEL: func @copies
//       CHECK:   memref.reinterpret_cast %{{.*}} to offset: [128], sizes: [8, 16], strides: [16, 1]
tt.func @copies() -> tensor<8x16xf32> {
  %c1 = arith.constant 1 : i32
  %b = xsmt.alloc_copies [[2, 8, 16]] storage("l2") : !xsmt.buffer<shape=[2, 8, 16], elementType=f32, copies=2, storageKind="l2">
  %q = xsmt.buffer_tensor_view %b[%c1] : <shape=[2, 8, 16], elementType=f32, copies=2, storageKind="l2"> -> <tensor<8x16xf32>>
  %y = tt.load %q : !tt.ptr<tensor<8x16xf32>>
  tt.return %y : tensor<8x16xf32>
}
