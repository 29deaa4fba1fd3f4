// What the verifiers say about broken operations on tiles by number.
//
// RUN: smtir opt %s --split-input-file --verify-diagnostics

tt.func @does_not_divide(%x: tensor<8x16xf32>, %i: i32) {
  // expected-error @below {{the tile [3, 8] does not divide tensor<8x16xf32>: 8 is no multiple of 3 in dimension 0}}
  %t = tle.extract_tile %x[%i] {tile_shape = array<i64: 3, 8>} : tensor<8x16xf32>, i32 -> tensor<3x8xf32>
  tt.return
}

// -----

tt.func @another_rank(%x: tensor<8x16xf32>, %i: i32) {
  // expected-error @below {{the tile must have 2 sizes as tensor<8x16xf32> has, got [8]}}
  %t = tle.extract_tile %x[%i] {tile_shape = array<i64: 8>} : tensor<8x16xf32>, i32 -> tensor<8xf32>
  tt.return
}

// -----

tt.func @another_result(%x: tensor<8x16xf32>, %i: i32) {
  // expected-error @below {{expected the result tensor<4x8xf32>, got tensor<8x8xf32>}}
  %t = tle.extract_tile %x[%i] {tile_shape = array<i64: 4, 8>} : tensor<8x16xf32>, i32 -> tensor<8x8xf32>
  tt.return
}

// -----

tt.func @out_of_range(%x: tensor<8x16xf32>, %t: tensor<4x8xf32>) {
  %i = arith.constant 4 : i32
  // expected-error @below {{the index 4 is out of range: there are 4 tiles}}
  %z = tle.insert_tile %x[%i] = %t : tensor<8x16xf32>, i32, tensor<4x8xf32> -> tensor<8x16xf32>
  tt.return
}

// -----

tt.func @another_element(%x: tensor<8x16xf32>, %t: tensor<4x8xf16>, %i: i32) {
  // expected-error @below {{the tensor and its tile must have one element type, got tensor<8x16xf32> and tensor<4x8xf16>}}
  %z = tle.insert_tile %x[%i] = %t : tensor<8x16xf32>, i32, tensor<4x8xf16> -> tensor<8x16xf32>
  tt.return
}

// -----

tt.func @insert_changes_type(%x: tensor<8x16xf32>, %t: tensor<4x8xf32>, %i: i32) {
  // expected-error @below {{result must be tensor<8x16xf32>, got tensor<8x8xf32>}}
  %z = tle.insert_tile %x[%i] = %t : tensor<8x16xf32>, i32, tensor<4x8xf32> -> tensor<8x8xf32>
  tt.return
}

// -----

tt.func @pointer_to_another_type(%b: !tt.ptr<tensor<8x16xf32>>, %i: i32) {
  // expected-error @below {{the result must point to f32, got !tt.ptr<f16>}}
  %p = tle.local_ptr %b[%i, %i] : !tt.ptr<tensor<8x16xf32>> -> !tt.ptr<f16>
  tt.return
}

// -----

tt.func @one_index_of_two(%b: !tt.ptr<tensor<8x16xf32>>, %i: i32) {
  // expected-error @below {{expected 2 indices, one for each dimension, got 1}}
  %p = tle.local_ptr %b[%i] : !tt.ptr<tensor<8x16xf32>> -> !tt.ptr<f32>
  tt.return
}

// -----

tt.func @every_element_in_another_shape(%b: !tt.ptr<tensor<8x16xf32>>) {
  // expected-error @below {{without indices, the result must have the buffer's shape 8x16}}
  %p = tle.local_ptr %b : !tt.ptr<tensor<8x16xf32>> -> tensor<16x8x!tt.ptr<f32>>
  tt.return
}

// -----

tt.func @a_tensor_of_another_shape(%b: !tt.ptr<tensor<8x16xf32>>, %x: tensor<8x8xf32>) {
  // expected-error @below {{the buffer holds tensor<8x16xf32>, got tensor<8x8xf32>}}
  %p = tle.to_buffer %x in %b : tensor<8x8xf32>, !tt.ptr<tensor<8x16xf32>> -> !tt.ptr<tensor<8x16xf32>>
  tt.return
}
