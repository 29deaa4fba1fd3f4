// What the verifiers say about broken operations on packed tensors.
//
// RUN: smtir opt %s --split-input-file --verify-diagnostics

tt.func @invalid(%i: i32, %x: tensor<64x64xf32>, %t: tensor<4x4x8x16xf32>) {
  // expected-error @below {{xsmt.pack: expected the result tensor<2x3x16x8xf32>, got tensor<2x2x16x8xf32>}}
  %0 = xsmt.pack %x, [%i, %i], [32, 24], [16, 8] : tensor<64x64xf32> -> tensor<2x2x16x8xf32>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %x: tensor<64x64xf32>, %t: tensor<4x4x8x16xf32>) {
  // expected-error @below {{xsmt.pack: the sizes of the tile must be positive, got [16, 0]}}
  %0 = xsmt.pack %x, [%i, %i], [32, 24], [16, 0] : tensor<64x64xf32> -> tensor<2x3x16x8xf32>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %x: tensor<64x64xf32>, %t: tensor<4x4x8x16xf32>) {
  // expected-error @below {{xsmt.pack: expected 2 sizes in the shape, got 1}}
  %0 = xsmt.pack %x, [%i, %i], [32], [16, 8] : tensor<64x64xf32> -> tensor<2x3x16x8xf32>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %x: tensor<64x64xf32>, %t: tensor<4x4x8x16xf32>) {
  // expected-error @below {{xsmt.pack: expected 2 offsets, got 1}}
  %0 = xsmt.pack %x, [%i], [32, 24], [16, 8] : tensor<64x64xf32> -> tensor<2x3x16x8xf32>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %x: tensor<64x64xf32>, %t: tensor<4x4x8x16xf32>) {
  // expected-error @below {{xsmt.pack: base must be a 2D tensor of static shape, got tensor<4x4x8x16xf32>}}
  %0 = xsmt.pack %t, [%i, %i], [32, 24], [16, 8] : tensor<4x4x8x16xf32> -> tensor<2x3x16x8xf32>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %x: tensor<64x64xf32>, %t: tensor<4x4x8x16xf32>) {
  // expected-error @below {{xsmt.pack: expected the result tensor<2x3x16x8xf32>, got tensor<2x3x16x8xf16>}}
  %0 = xsmt.pack %x, [%i, %i], [32, 24], [16, 8] : tensor<64x64xf32> -> tensor<2x3x16x8xf16>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %x: tensor<64x64xf32>, %t: tensor<4x4x8x16xf32>) {
  // expected-error @below {{xsmt.pack: destination must be tensor<2x3x16x8xf32>, got tensor<4x4x8x16xf32>}}
  %0 = xsmt.pack %x, [%i, %i] into(%t : tensor<4x4x8x16xf32>), [32, 24], [16, 8] : tensor<64x64xf32> -> tensor<2x3x16x8xf32>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %x: tensor<64x64xf32>, %t: tensor<4x4x8x16xf32>) {
  %c = arith.constant 64 : i32
  // expected-error @below {{xsmt.pack: the window is outside of its base: offset 64 in dimension 1, the base is 64x64}}
  %0 = xsmt.pack %x, [%i, %c], [32, 24], [16, 8] : tensor<64x64xf32> -> tensor<2x3x16x8xf32>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %x: tensor<64x64xf32>, %t: tensor<4x4x8x16xf32>) {
  // expected-error @below {{xsmt.unpack: expected the result tensor<32x24xf32>, got tensor<24x32xf32>}}
  %0 = xsmt.unpack %t, [%i, %i], [32, 24] : tensor<4x4x8x16xf32> -> tensor<24x32xf32>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %x: tensor<64x64xf32>, %t: tensor<4x4x8x16xf32>) {
  %c = arith.constant -1 : i32
  // expected-error @below {{xsmt.unpack: the window is outside of its base: offset -1 in dimension 0, the base is 32x64}}
  %0 = xsmt.unpack %t, [%c, %i], [32, 24] : tensor<4x4x8x16xf32> -> tensor<32x24xf32>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %x: tensor<64x64xf32>, %t: tensor<4x4x8x16xf32>) {
  // expected-error @below {{xsmt.repack: expected the result tensor<2x3x16x8xf32>, got tensor<4x3x8x8xf32>}}
  %0 = xsmt.repack %t, [%i, %i], [32, 24], [16, 8] : tensor<4x4x8x16xf32> -> tensor<4x3x8x8xf32>
  tt.return
}

// -----

tt.func @invalid(%a: tensor<4x8x8x8xf32>, %b: tensor<6x4x8x16xf32>) {
  // expected-error @below {{xsmt.mmt4d: K of the operands must be the same: a is 4x8x8x8, so K is 8 tiles of 8, but b is 6x4x8x16}}
  %0 = xsmt.mmt4d %a, %b : tensor<4x8x8x8xf32>, tensor<6x4x8x16xf32> -> tensor<4x4x8x16xf32>
  tt.return
}

// -----

tt.func @invalid(%a: tensor<4x8x8x8xf32>, %b: tensor<8x4x8x16xf16>) {
  // expected-error @below {{xsmt.mmt4d: a and b must have one element type, got f32 and f16}}
  %0 = xsmt.mmt4d %a, %b : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf16> -> tensor<4x4x8x16xf32>
  tt.return
}

// -----

tt.func @invalid(%a: tensor<4x8x8x8xf32>, %b: tensor<8x4x8x16xf32>) {
  // expected-error @below {{xsmt.mmt4d: expected a result of shape 4x4x8x16, got tensor<4x2x8x16xf32>}}
  %0 = xsmt.mmt4d %a, %b : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32> -> tensor<4x2x8x16xf32>
  tt.return
}

// -----

tt.func @invalid(%a: tensor<4x8x8x8xf32>, %b: tensor<8x4x8x16xf32>, %c: tensor<4x4x8x16xf16>) {
  // expected-error @below {{xsmt.mmt4d: the result must have the type of c, tensor<4x4x8x16xf16>, got tensor<4x4x8x16xf32>}}
  %0 = xsmt.mmt4d %a, %b, %c : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32>, tensor<4x4x8x16xf16> -> tensor<4x4x8x16xf32>
  tt.return
}

// -----

tt.func @invalid(%a: tensor<4x8x8x8xi8>, %b: tensor<8x4x8x16xi8>) {
  // expected-error @below {{xsmt.mmt4d: operands and result must be all floats or all integers, got i8 and tensor<4x4x8x16xf32>}}
  %0 = xsmt.mmt4d %a, %b : tensor<4x8x8x8xi8>, tensor<8x4x8x16xi8> -> tensor<4x4x8x16xf32>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %x: tensor<64x64xf16>, %t: tensor<4x4x8x16xf32>) {
  // expected-error @below {{xsmt.insert: tile and dest must have one element type, got tensor<4x4x8x16xf32> and tensor<64x64xf16>}}
  %0 = xsmt.insert %t, %x, [%i, %i] : tensor<4x4x8x16xf32>, tensor<64x64xf16> -> tensor<64x64xf16>
  tt.return
}

// -----

tt.func @invalid(%i: i32, %x: tensor<64x64xf32>, %t: tensor<4x4x8x16xf32>) {
  // expected-error @below {{xsmt.insert: result must be tensor<64x64xf32>, got tensor<32x64xf32>}}
  %0 = xsmt.insert %t, %x, [%i, %i] : tensor<4x4x8x16xf32>, tensor<64x64xf32> -> tensor<32x64xf32>
  tt.return
}
