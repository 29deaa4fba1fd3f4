// What the verifiers say about broken uses of tensor descriptors.
//
// RUN: smtir opt %s --split-input-file --verify-diagnostics

tt.func @invalid(%p: !tt.ptr<f32>, %i: i32, %l: i64) {
  // expected-error @below {{tt.make_tensor_descriptor: expected 2 sizes for tensor<16x32xf32>, got 1}}
  %0 = tt.make_tensor_descriptor %p, [%i], [%l] : <f32>, <tensor<16x32xf32>>
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<f16>, %i: i32, %l: i64) {
  // expected-error @below {{tt.make_tensor_descriptor: base must point to f32, got !tt.ptr<f16>}}
  %0 = tt.make_tensor_descriptor %p, [%i, %i], [%l, %l] : <f16>, <tensor<16x32xf32>>
  tt.return
}

// -----

tt.func @invalid(%d: !tt.tensordesc<tensor<16x32xf32>>, %i: i32) {
  // expected-error @below {{tt.descriptor_load: expected 2 indices for !tt.tensordesc<tensor<16x32xf32>>, got 1}}
  %0 = tt.descriptor_load %d[%i] : !tt.tensordesc<tensor<16x32xf32>> -> tensor<16x32xf32>
  tt.return
}

// -----

tt.func @invalid(%d: !tt.tensordesc<tensor<16x32xf32>>, %i: i32) {
  // expected-error @below {{tt.descriptor_load: expected tensor<16x32xf32> as in the descriptor, got tensor<32x16xf32>}}
  %0 = tt.descriptor_load %d[%i, %i] : !tt.tensordesc<tensor<16x32xf32>> -> tensor<32x16xf32>
  tt.return
}

// -----

tt.func @invalid(%d: !tt.tensordesc<tensor<16x32xf32>>, %i: i32, %x: tensor<16x32xf16>) {
  // expected-error @below {{tt.descriptor_store: expected tensor<16x32xf32> as in the descriptor, got tensor<16x32xf16>}}
  tt.descriptor_store %d[%i, %i], %x : !tt.tensordesc<tensor<16x32xf32>>, tensor<16x32xf16>
  tt.return
}

// -----

tt.func @invalid(%d: !tt.tensordesc<tensor<16x32xf32>>, %i: i32, %x: tensor<16x32xf16>) {
  // expected-error @below {{tt.descriptor_reduce: expected tensor<16x32xf32> as in the descriptor, got tensor<16x32xf16>}}
  tt.descriptor_reduce add, %d[%i, %i], %x : !tt.tensordesc<tensor<16x32xf32>>, tensor<16x32xf16>
  tt.return
}

// -----

tt.func @invalid(%d: !tt.tensordesc<tensor<16x32xf32>>, %i: i32, %r: tensor<16xi32>) {
  // expected-error @below {{tt.descriptor_gather: the block must have one row, got tensor<16x32xf32>}}
  %0 = tt.descriptor_gather %d[%r, %i] : (!tt.tensordesc<tensor<16x32xf32>>, tensor<16xi32>, i32) -> tensor<16x32xf32>
  tt.return
}

// -----

tt.func @invalid(%d: !tt.tensordesc<tensor<1x32xf32>>, %i: i32, %r: tensor<16xi32>, %x: tensor<8x32xf32>) {
  // expected-error @below {{tt.descriptor_scatter: expected a tensor of 16x32 f32, got tensor<8x32xf32>}}
  tt.descriptor_scatter %d[%r, %i], %x : !tt.tensordesc<tensor<1x32xf32>>, tensor<16xi32>, i32, tensor<8x32xf32>
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<i8>) {
  // expected-error @below {{tt.reinterpret_tensor_descriptor: result must be a tensor descriptor, !tt.tensordesc<tensor<...>>, got !tt.ptr<i8>}}
  %0 = tt.reinterpret_tensor_descriptor %p : !tt.ptr<i8> to !tt.ptr<i8>
  tt.return
}
