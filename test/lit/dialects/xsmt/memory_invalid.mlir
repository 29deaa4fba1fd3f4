// What the verifiers say about broken views and buffers.
//
// RUN: smtir opt %s --split-input-file --verify-diagnostics

tt.func @invalid(%i: i32, %l: i64, %p: !tt.ptr<tensor<64x64xf32>>, %t: !tt.ptr<tensor<4x4x8x16xf32>>, %s: !tt.ptr<f32>) {
  // expected-error @below {{xsmt.subview: expected the result !tt.ptr<tensor<32x32xf32>>, got !tt.ptr<tensor<16x32xf32>>}}
  %0 = xsmt.subview %p, [%i, %i], [[32, 32]] : <tensor<64x64xf32>> -> <tensor<16x32xf32>>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %l: i64, %p: !tt.ptr<tensor<64x64xf32>>, %t: !tt.ptr<tensor<4x4x8x16xf32>>, %s: !tt.ptr<f32>) {
  // expected-error @below {{xsmt.subview: the micro tile [8, 16] does not divide the view [12, 32]: 12 is no multiple of 8 in dimension 0}}
  %0 = xsmt.subview %t, [%i, %i], [[12, 32]] : <tensor<4x4x8x16xf32>> -> <tensor<2x2x8x16xf32>>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %l: i64, %p: !tt.ptr<tensor<64x64xf32>>, %t: !tt.ptr<tensor<4x4x8x16xf32>>, %s: !tt.ptr<f32>) {
  // expected-error @below {{xsmt.subview: base must be a block pointer, !tt.ptr<tensor<...>>, got !tt.ptr<f32>}}
  %0 = xsmt.subview %s, [%i, %i], [[32, 32]] : <f32> -> <tensor<32x32xf32>>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %l: i64, %p: !tt.ptr<tensor<64x64xf32>>, %t: !tt.ptr<tensor<4x4x8x16xf32>>, %s: !tt.ptr<f32>) {
  // expected-error @below {{xsmt.subview_pack: the micro tile [8, 16] does not divide the view [32, 30]: 30 is no multiple of 16 in dimension 1}}
  %0 = xsmt.subview_pack %p, [%i, %i], [[32, 30]], [[8, 16]] : <tensor<64x64xf32>> -> <tensor<4x2x8x16xf32>>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %l: i64, %p: !tt.ptr<tensor<64x64xf32>>, %t: !tt.ptr<tensor<4x4x8x16xf32>>, %s: !tt.ptr<f32>) {
  // expected-error @below {{xsmt.subview_pack: expected the result !tt.ptr<tensor<4x2x8x16xf32>>, got !tt.ptr<tensor<4x4x8x16xf32>>}}
  %0 = xsmt.subview_pack %p, [%i, %i], [[32, 32]], [[8, 16]] : <tensor<64x64xf32>> -> <tensor<4x4x8x16xf32>>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %l: i64, %p: !tt.ptr<tensor<64x64xf32>>, %t: !tt.ptr<tensor<4x4x8x16xf32>>, %s: !tt.ptr<f32>) {
  // expected-error @below {{xsmt.descriptor_load_view: expected the result tensor<4x2x8x16xf32>, got tensor<4x4x8x16xf32>}}
  %0 = xsmt.descriptor_load_view %p, [%l, %l], [[32, 32]], [[8, 16]] : <tensor<64x64xf32>> -> tensor<4x4x8x16xf32>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %l: i64, %p: !tt.ptr<tensor<64x64xf32>>, %t: !tt.ptr<tensor<4x4x8x16xf32>>, %s: !tt.ptr<f32>) {
  // expected-error @below {{xsmt.alloc: the sizes of the shape must be positive, got [64, 0]}}
  %0 = xsmt.alloc[[64, 0]] storage("l2") : <tensor<64x0xf32>>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %l: i64, %p: !tt.ptr<tensor<64x64xf32>>, %t: !tt.ptr<tensor<4x4x8x16xf32>>, %s: !tt.ptr<f32>) {
  // expected-error @below {{xsmt.alloc: expected the result !tt.ptr<tensor<64x32xf32>>, got !tt.ptr<tensor<32x32xf32>>}}
  %0 = xsmt.alloc[[64, 32]] storage("l2") : <tensor<32x32xf32>>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %l: i64, %p: !tt.ptr<tensor<64x64xf32>>, %t: !tt.ptr<tensor<4x4x8x16xf32>>, %s: !tt.ptr<f32>) {
  // expected-error @below {{xsmt.alloc: without micro_size, the result must be a block pointer, got tensor<8x2x8x16xf32>}}
  %0 = xsmt.alloc[[64, 32]] storage("l2") : tensor<8x2x8x16xf32>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %l: i64, %p: !tt.ptr<tensor<64x64xf32>>, %t: !tt.ptr<tensor<4x4x8x16xf32>>, %s: !tt.ptr<f32>) {
  // expected-error @below {{xsmt.alloc: the micro tile [8, 16] does not divide the view [64, 30]: 30 is no multiple of 16 in dimension 1}}
  %0 = xsmt.alloc[[64, 30]], [[8, 16]] : tensor<8x2x8x16xf32>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %l: i64, %p: !tt.ptr<tensor<64x64xf32>>, %t: !tt.ptr<tensor<4x4x8x16xf32>>, %s: !tt.ptr<f32>) {
  // expected-error @below {{xsmt.alloc_copies: expected a buffer of shape [2, 64, 32], got !xsmt.buffer<shape=[3, 64, 32], elementType=f32, copies=3, storageKind="l2">}}
  %0 = xsmt.alloc_copies[[2, 64, 32]] storage("l2") : !xsmt.buffer<shape=[3, 64, 32], elementType=f32, copies=3, storageKind="l2">
  tt.return
}

// -----

tt.func @invalid(%i: i32, %b: !xsmt.buffer<shape=[2, 64, 32], elementType=f32, copies=2, storageKind="l2">) {
  // expected-error @below {{xsmt.buffer_tensor_view: expected the result !tt.ptr<tensor<64x32xf32>>, got !tt.ptr<tensor<32x32xf32>>}}
  %0 = xsmt.buffer_tensor_view %b[%i] : <shape=[2, 64, 32], elementType=f32, copies=2, storageKind="l2"> -> <tensor<32x32xf32>>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %p: !tt.ptr<tensor<64xf32>>) {
  // expected-error @below {{xsmt.subview: base must have 2 dimensions, or 4 if it is packed, got !tt.ptr<tensor<64xf32>>}}
  %0 = xsmt.subview %p, [%i, %i], [[32, 32]] : <tensor<64xf32>> -> <tensor<32x32xf32>>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %p: !tt.ptr<tensor<64x64xf32>>) {
  // expected-error @below {{xsmt.subview_pack: expected 2 sizes in the tile, got 0}}
  %0 = xsmt.subview_pack %p, [%i, %i], [[32, 32]], [[]] : <tensor<64x64xf32>> -> <tensor<4x2x8x16xf32>>
  tt.return
}

// -----

tt.func @number_of_a_copy_out_of_range(%b: !xsmt.buffer<shape=[2, 8, 16], elementType=f32, copies=2, storageKind="l2">) {
  %c2 = arith.constant 2 : i32
  // expected-error @below {{the index 2 is out of range: there are 2 copies}}
  %p = xsmt.buffer_tensor_view %b[%c2] : <shape=[2, 8, 16], elementType=f32, copies=2, storageKind="l2"> -> <tensor<8x16xf32>>
  tt.return
}
