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
