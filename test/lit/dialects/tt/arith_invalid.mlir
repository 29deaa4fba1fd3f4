// What the verifiers say about broken arithmetic.
//
// RUN: smtir opt %s --split-input-file --verify-diagnostics

tt.func @invalid(%x: tensor<8xf32>) {
  // expected-error @below {{tt.bitcast: expected types of the same width, got f32 and i16}}
  %0 = tt.bitcast %x : tensor<8xf32> -> tensor<8xi16>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8xf32>) {
  // expected-error @below {{tt.bitcast: expected the same shape everywhere, got tensor<8xf32> and tensor<4xi32>}}
  %0 = tt.bitcast %x : tensor<8xf32> -> tensor<4xi32>
  tt.return
}

// -----

tt.func @invalid(%x: f32) {
  // expected-error @below {{tt.fp_to_fp: f32 to f16 needs a rounding mode}}
  %0 = tt.fp_to_fp %x : f32 -> f16
  tt.return
}

// -----

tt.func @invalid(%x: i32) {
  // expected-error @below {{tt.fp_to_fp: src must be a float or a tensor of floats, got i32}}
  %0 = tt.fp_to_fp %x : i32 -> f16
  tt.return
}

// -----

tt.func @invalid(%x: f32, %y: f16) {
  // expected-error @below {{tt.clampf: min must be f32, got f16}}
  %0 = "tt.clampf"(%x, %y, %x) {propagateNan = 0 : i32} : (f32, f16, f32) -> f32
  tt.return
}

// -----

tt.func @invalid(%x: i32) {
  // expected-error @below {{tt.clampf: x must be a float or a tensor of floats, got i32}}
  %0 = tt.clampf %x, %x, %x, propagateNan = none : i32
  tt.return
}

// -----

tt.func @invalid(%x: i32) {
  // expected-error @below {{tt.precise_sqrt: x must be a float or a tensor of floats, got i32}}
  %0 = tt.precise_sqrt %x : i32
  tt.return
}

// -----

tt.func @invalid(%x: f32, %y: f64) {
  // expected-error @below {{tt.precise_divf: y must be f32, got f64}}
  %0 = "tt.precise_divf"(%x, %y) : (f32, f64) -> f32
  tt.return
}

// -----

tt.func @invalid(%x: f32) {
  // expected-error @below {{tt.mulhiui: x must be an integer or a tensor of integers, got f32}}
  %0 = tt.mulhiui %x, %x : f32
  tt.return
}

// -----

tt.func @invalid(%a: tensor<64x32xf16>, %b: tensor<16x64xf16>, %c: tensor<64x64xf32>) {
  // expected-error @below {{tt.dot: K of the operands must be the same, got 32 in 64x32 and 16 in 16x64}}
  %0 = tt.dot %a, %b, %c : tensor<64x32xf16> * tensor<16x64xf16> -> tensor<64x64xf32>
  tt.return
}

// -----

tt.func @invalid(%a: tensor<64x32xf16>, %b: tensor<32x64xf16>, %c: tensor<64x16xf32>) {
  // expected-error @below {{tt.dot: expected an accumulator of shape 64x64, got 64x16}}
  %0 = tt.dot %a, %b, %c : tensor<64x32xf16> * tensor<32x64xf16> -> tensor<64x16xf32>
  tt.return
}

// -----

tt.func @invalid(%a: tensor<64x32xf16>, %b: tensor<32x64xf32>, %c: tensor<64x64xf32>) {
  // expected-error @below {{tt.dot: a and b must have elements of the same width, got 16 and 32 bits}}
  %0 = tt.dot %a, %b, %c : tensor<64x32xf16> * tensor<32x64xf32> -> tensor<64x64xf32>
  tt.return
}

// -----

tt.func @invalid(%a: tensor<64xf16>, %c: tensor<64xf32>) {
  // expected-error @below {{tt.dot: expected three tensors of rank 2 or 3, got 64, 64, 64}}
  %0 = tt.dot %a, %a, %c : tensor<64xf16> * tensor<64xf16> -> tensor<64xf32>
  tt.return
}

// -----

tt.func @invalid(%a: tensor<16x16xi8>, %c: tensor<16x16xi32>) {
  // expected-error @below {{tt.dot_scaled: c must be a tensor of floats, got tensor<16x16xi32>}}
  %0 = tt.dot_scaled %a, %a, %c lhs = e4m3 rhs = e4m3 {fastMath = false} : tensor<16x16xi8> * tensor<16x16xi8> -> tensor<16x16xi32>
  tt.return
}

// -----

tt.func @invalid(%a: tensor<16xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{tt.extern_elementwise: expected tensors of one shape, got 16 and 8}}
  %0 = tt.extern_elementwise %a, %b {libname = "", libpath = "", pure = true, symbol = "f"} : (tensor<16xf32>, tensor<8xf32>) -> tensor<16xf32>
  tt.return
}

// -----

tt.func @invalid(%a: tensor<16xf32>) {
  // expected-error @below {{tt.elementwise_inline_asm: attribute pure is missing: expected true or false}}
  %0 = tt.elementwise_inline_asm "nop" {constraints = "=r,r", packed_element = 1 : i32} %a : tensor<16xf32> -> tensor<16xf32>
  tt.return
}
