// What the verifiers say about operations of the first generation.
//
// RUN: smtir opt %s --split-input-file --verify-diagnostics

tt.func @invalid(%i: i32, %l: i64, %x: tensor<64x64xf32>, %p: !tt.ptr<tensor<64x64xf32>>) {
  // expected-error @below {{xsmt.descriptor_load: the micro tile [8, 8] does not divide the view [32, 60]: 60 is no multiple of 8 in dimension 1}}
  %0 = xsmt.descriptor_load %p, [%l, %l], [[32, 60]], [[8, 8]] : <tensor<64x64xf32>> -> tensor<4x8x8x8xf32>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %l: i64, %x: tensor<64x64xf32>, %p: !tt.ptr<tensor<64x64xf32>>) {
  // expected-error @below {{xsmt.descriptor_load: expected the result tensor<4x8x8x8xf32>, got tensor<4x4x8x8xf32>}}
  %0 = xsmt.descriptor_load %p, [%l, %l], [[32, 64]], [[8, 8]] : <tensor<64x64xf32>> -> tensor<4x4x8x8xf32>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %l: i64, %x: tensor<64x64xf32>, %p: !tt.ptr<tensor<64x64xf32>>) {
  // expected-error @below {{xsmt.view: the micro tile [8, 16] does not divide the view [30, 64]: 30 is no multiple of 8 in dimension 0}}
  %0 = xsmt.view %x, [%l, %l], [[30, 64]], [[8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %l: i64, %x: tensor<64x64xf32>, %p: !tt.ptr<tensor<64x64xf32>>) {
  %c = arith.constant 64 : i64
  // expected-error @below {{xsmt.view: the window is outside of its base: offset 64 in dimension 0, the base is 64x64}}
  %0 = xsmt.view %x, [%c, %l], [[32, 64]], [[8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %l: i64, %x: tensor<64x64xf32>, %p: !tt.ptr<tensor<64x64xf32>>) {
  // expected-error @below {{xsmt.viewptr: the micro tile [8, 12] does not divide the view [32, 64]: 64 is no multiple of 12 in dimension 1}}
  %0 = xsmt.viewptr %p, [%i, %i], [[32, 64]], [[8, 12]] : <tensor<64x64xf32>> -> <tensor<4x4x8x16xf32>>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<64x64xf32>, %y: tensor<32x64xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %v: tensor<4x2x8x16xf16>) {
  // expected-error @below {{xsmt.bind: dest and src must hold the same matrix, got tensor<64x64xf32> and tensor<32x64xf32>}}
  %0 = xsmt.bind %x, %y : (tensor<64x64xf32>, tensor<32x64xf32>) -> tensor<64x64xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<64x64xf32>, %y: tensor<32x64xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %v: tensor<4x2x8x16xf16>) {
  // expected-error @below {{xsmt.bind: expected the result tensor<64x64xf32>, got tensor<32x64xf32>}}
  %0 = xsmt.bind %x, %x : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<32x64xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<64x64xf32>, %y: tensor<32x64xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %v: tensor<4x2x8x16xf16>) {
  // expected-error @below {{xsmt.descriptor_load_view: the view must have elements of f32, as the base has, got tensor<4x2x8x16xf16>}}
  %0 = xsmt.descriptor_load_view %p, %v : <tensor<64x64xf32>>, tensor<4x2x8x16xf16> -> tensor<4x2x8x16xf16>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<64x64xf32>, %y: tensor<32x64xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %v: tensor<4x2x8x16xf16>) {
  // expected-error @below {{xsmt.descriptor_load_view: expected the result tensor<4x2x8x16xf16>, got tensor<4x4x8x16xf16>}}
  %0 = xsmt.descriptor_load_view %p, %v : <tensor<64x64xf32>>, tensor<4x2x8x16xf16> -> tensor<4x4x8x16xf16>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<64x64xf32>, %y: tensor<32x64xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %v: tensor<4x2x8x16xf16>) {
  // expected-error @below {{xsmt.descriptor_load_view: the view tells shape and packed_size, they must not be given as well}}
  %0 = "xsmt.descriptor_load_view"(%p, %v) {shape = array<i32: 32, 32>} : (!tt.ptr<tensor<64x64xf32>>, tensor<4x2x8x16xf16>) -> tensor<4x2x8x16xf16>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<64x64xf32>, %y: tensor<32x64xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %v: tensor<4x2x8x16xf16>) {
  // expected-error @below {{xsmt.descriptor_load_view: 1 operands do not fit the fields base, offsets..., view?}}
  %0 = "xsmt.descriptor_load_view"(%p) : (!tt.ptr<tensor<64x64xf32>>) -> tensor<4x2x8x16xf16>
  tt.return
}
