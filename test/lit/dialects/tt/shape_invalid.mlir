// What the verifiers say about broken shapes.
//
// RUN: smtir opt %s --split-input-file --verify-diagnostics

tt.func @invalid() {
  // expected-error @below {{tt.make_range: end must be greater than start, got start 4 and end 4}}
  %0 = tt.make_range {end = 4 : i32, start = 4 : i32} : tensor<1xi32>
  tt.return
}

// -----

tt.func @invalid() {
  // expected-error @below {{tt.make_range: expected 4 elements (end - start), got tensor<8xi32>}}
  %0 = tt.make_range {end = 8 : i32, start = 4 : i32} : tensor<8xi32>
  tt.return
}

// -----

tt.func @invalid() {
  // expected-error @below {{tt.make_range: attribute start is missing: expected an i32 integer}}
  %0 = tt.make_range {end = 8 : i32} : tensor<8xi32>
  tt.return
}

// -----

tt.func @invalid() {
  // expected-error @below {{tt.make_range: attribute start must be an i32 integer, got "a"}}
  %0 = tt.make_range {end = 8 : i64, start = "a"} : tensor<8xi32>
  tt.return
}

// -----

tt.func @invalid(%x: f32) {
  // expected-error @below {{tt.splat: expected element type f32, got f16}}
  %0 = tt.splat %x : f32 -> tensor<8xf16>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<1xf32>) {
  // expected-error @below {{tt.splat: src must be a scalar, got tensor<1xf32>}}
  %0 = tt.splat %x : tensor<1xf32> -> tensor<8xf32>
  tt.return
}

// -----

tt.func @invalid(%x: f32) {
  // expected-error @below {{tt.splat: result must be a tensor of static shape without encoding, got f32}}
  %0 = tt.splat %x : f32 -> f32
  tt.return
}

// -----

tt.func @invalid(%x: f32) {
  // expected-error @below {{tt.splat: result must be a tensor of static shape without encoding, got tensor<?xf32>}}
  %0 = tt.splat %x : f32 -> tensor<?xf32>
  tt.return
}

// -----

tt.func @invalid(%x: f32) {
  // expected-error @below {{tt.splat: result has an encoding for a GPU, got tensor<8xf32, #ttg.blocked<{a = [1]}>>}}
  %0 = tt.splat %x : f32 -> tensor<8xf32, #ttg.blocked<{a = [1]}>>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<2xf32>) {
  // expected-error @below {{tt.unsplat: src must have one element, got tensor<2xf32>}}
  %0 = tt.unsplat %x : tensor<2xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<64x2xf32>) {
  // expected-error @below {{tt.broadcast: dimension 1 must have size 1 or 32 to be broadcast, got 2}}
  %0 = tt.broadcast %x : tensor<64x2xf32> -> tensor<64x32xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<64xf32>) {
  // expected-error @below {{tt.broadcast: expected the same rank, got tensor<64xf32> and tensor<64x32xf32>}}
  %0 = tt.broadcast %x : tensor<64xf32> -> tensor<64x32xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<64xf32>) {
  // expected-error @below {{tt.expand_dims: axis must be from 0 to 1, got 2}}
  %0 = tt.expand_dims %x {axis = 2 : i32} : tensor<64xf32> -> tensor<64x1xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<64xf32>) {
  // expected-error @below {{tt.expand_dims: expected tensor<1x64xf32> for axis 0, got tensor<64x1xf32>}}
  %0 = tt.expand_dims %x {axis = 0 : i32} : tensor<64xf32> -> tensor<64x1xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<64xf32>) {
  // expected-error @below {{tt.reshape: expected 64 elements as in tensor<64xf32>, got 32 in tensor<8x4xf32>}}
  %0 = tt.reshape %x : tensor<64xf32> -> tensor<8x4xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8x4xf32>) {
  // expected-error @below {{tt.trans: order must name each of the 2 dimensions once, got [0, 0]}}
  %0 = tt.trans %x {order = array<i32: 0, 0>} : tensor<8x4xf32> -> tensor<4x8xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8x4xf32>) {
  // expected-error @below {{tt.trans: expected tensor<4x8xf32> for order [1, 0], got tensor<8x4xf32>}}
  %0 = tt.trans %x {order = array<i32: 1, 0>} : tensor<8x4xf32> -> tensor<8x4xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8xf32>) {
  // expected-error @below {{tt.cat: expected 16 elements, got tensor<8xf32>}}
  %0 = tt.cat %x, %x : tensor<8xf32> -> tensor<8xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8xf32>) {
  // expected-error @below {{tt.join: result must be tensor<8x2xf32>, got tensor<2x8xf32>}}
  %0 = tt.join %x, %x : tensor<8xf32> -> tensor<2x8xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8x4xf32>) {
  // expected-error @below {{tt.split: the last dimension of src must have size 2, got 8x4}}
  %0, %1 = tt.split %x : tensor<8x4xf32> -> tensor<8xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8x2xf32>) {
  // expected-error @below {{tt.split: outLHS must be tensor<8xf32>, got tensor<4xf32>}}
  %0, %1 = tt.split %x : tensor<8x2xf32> -> tensor<4xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8x4xf32>, %i: tensor<2xi32>) {
  // expected-error @below {{tt.gather: src and indices must have the same rank, got 2 and 1}}
  %0 = tt.gather %x[%i] {axis = 0 : i32} : (tensor<8x4xf32>, tensor<2xi32>) -> tensor<2xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8x4xf32>, %i: tensor<2x2xi32>) {
  // expected-error @below {{tt.gather: dimension 1 of src and indices must be the same, got 4 and 2}}
  %0 = tt.gather %x[%i] {axis = 0 : i32} : (tensor<8x4xf32>, tensor<2x2xi32>) -> tensor<2x2xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8xf32>, %i: tensor<2xi32>) {
  // expected-error @below {{tt.gather: expected tensor<2xf32>, got tensor<8xf32>}}
  %0 = tt.gather %x[%i] {axis = 0 : i32} : (tensor<8xf32>, tensor<2xi32>) -> tensor<8xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8xi32>) {
  // expected-error @below {{tt.histogram: the result must have one dimension, got tensor<2x2xi32>}}
  %0 = tt.histogram %x : tensor<8xi32> -> tensor<2x2xi32>
  tt.return
}
