// Arithmetic of tt reads and prints as Triton prints it.
//
// RUN: smtir opt %s | filecheck %s
// RUN: smtir opt %s --print-generic | smtir opt - | filecheck %s
// RUN: smtir opt %s --print-generic | filecheck %s --check-prefix=GENERIC

// CHECK-LABEL: tt.func @ops
// GENERIC-LABEL: sym_name = "ops"
tt.func @ops(%f: f32, %x: tensor<64xf32>, %n: tensor<64xi32>, %a: tensor<64x32xf16>, %b: tensor<32x64xf16>, %c: tensor<64x64xf32>, %s: tensor<128x64xi8>, %r: tensor<64x128xi8>, %d: tensor<128x128xf32>, %sc: tensor<128x2xi8>) {
  // CHECK: tt.bitcast %{{.*}} : tensor<64xf32> -> tensor<64xi32>
  // GENERIC: "tt.bitcast"(%{{.*}}) : (tensor<64xf32>) -> tensor<64xi32>
  %0 = tt.bitcast %x : tensor<64xf32> -> tensor<64xi32>
  // CHECK: tt.fp_to_fp %{{.*}}, rounding = rtne : tensor<64xf32> -> tensor<64xf8E5M2>
  // GENERIC: "tt.fp_to_fp"(%{{.*}}) {rounding = 1 : i32} : (tensor<64xf32>) -> tensor<64xf8E5M2>
  %1 = tt.fp_to_fp %x, rounding = rtne : tensor<64xf32> -> tensor<64xf8E5M2>
  // CHECK: tt.fp_to_fp %{{.*}} : tensor<64xf8E5M2> -> tensor<64xf32>
  // GENERIC: "tt.fp_to_fp"(%{{.*}}) : (tensor<64xf8E5M2>) -> tensor<64xf32>
  %2 = tt.fp_to_fp %1 : tensor<64xf8E5M2> -> tensor<64xf32>
  // CHECK: tt.clampf %{{.*}}, %{{.*}}, %{{.*}}, propagateNan = none : tensor<64xf32>
  // GENERIC: "tt.clampf"(%{{.*}}, %{{.*}}, %{{.*}}) {propagateNan = 0 : i32} : (tensor<64xf32>, tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %3 = tt.clampf %x, %x, %x, propagateNan = none : tensor<64xf32>
  // CHECK: tt.clampf %{{.*}}, %{{.*}}, %{{.*}}, propagateNan = all : f32
  // GENERIC: "tt.clampf"(%{{.*}}, %{{.*}}, %{{.*}}) {propagateNan = 65535 : i32} : (f32, f32, f32) -> f32
  %4 = tt.clampf %f, %f, %f, propagateNan = all : f32
  // CHECK: tt.precise_sqrt %{{.*}} : tensor<64xf32>
  // GENERIC: "tt.precise_sqrt"(%{{.*}}) : (tensor<64xf32>) -> tensor<64xf32>
  %5 = tt.precise_sqrt %x : tensor<64xf32>
  // CHECK: tt.precise_divf %{{.*}}, %{{.*}} : tensor<64xf32>
  // GENERIC: "tt.precise_divf"(%{{.*}}, %{{.*}}) : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %6 = tt.precise_divf %x, %x : tensor<64xf32>
  // CHECK: tt.mulhiui %{{.*}}, %{{.*}} : tensor<64xi32>
  // GENERIC: "tt.mulhiui"(%{{.*}}, %{{.*}}) : (tensor<64xi32>, tensor<64xi32>) -> tensor<64xi32>
  %7 = tt.mulhiui %n, %n : tensor<64xi32>
  // CHECK: tt.dot %{{.*}}, %{{.*}}, %{{.*}} : tensor<64x32xf16> * tensor<32x64xf16> -> tensor<64x64xf32>
  // GENERIC: "tt.dot"(%{{.*}}, %{{.*}}, %{{.*}}) : (tensor<64x32xf16>, tensor<32x64xf16>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %8 = tt.dot %a, %b, %c : tensor<64x32xf16> * tensor<32x64xf16> -> tensor<64x64xf32>
  // CHECK: tt.dot %{{.*}}, %{{.*}}, %{{.*}}, inputPrecision = tf32x3 {maxNumImpreciseAcc = 8 : i32} : tensor<64x32xf16> * tensor<32x64xf16> -> tensor<64x64xf32>
  // GENERIC: "tt.dot"(%{{.*}}, %{{.*}}, %{{.*}}) {inputPrecision = 1 : i32, maxNumImpreciseAcc = 8 : i32} : (tensor<64x32xf16>, tensor<32x64xf16>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %9 = tt.dot %a, %b, %c, inputPrecision = tf32x3 {maxNumImpreciseAcc = 8 : i32} : tensor<64x32xf16> * tensor<32x64xf16> -> tensor<64x64xf32>
  // CHECK: tt.dot_scaled %{{.*}} scale %{{.*}}, %{{.*}}, %{{.*}} lhs = e4m3 rhs = e5m2 {fastMath = false} : tensor<128x64xi8>, tensor<128x2xi8> * tensor<64x128xi8> -> tensor<128x128xf32>
  // GENERIC: "tt.dot_scaled"(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) {a_elem_type = 0 : i32, b_elem_type = 1 : i32, fastMath = false, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>} : (tensor<128x64xi8>, tensor<64x128xi8>, tensor<128x128xf32>, tensor<128x2xi8>) -> tensor<128x128xf32>
  %10 = tt.dot_scaled %s scale %sc, %r, %d lhs = e4m3 rhs = e5m2 {fastMath = false} : tensor<128x64xi8>, tensor<128x2xi8> * tensor<64x128xi8> -> tensor<128x128xf32>
  // CHECK: tt.extern_elementwise %{{.*}}, %{{.*}} {libname = "", libpath = "", pure = true, symbol = "atan2f"} : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  // GENERIC: "tt.extern_elementwise"(%{{.*}}, %{{.*}}) {libname = "", libpath = "", pure = true, symbol = "atan2f"} : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %11 = tt.extern_elementwise %x, %x {libname = "", libpath = "", pure = true, symbol = "atan2f"} : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  // CHECK: tt.elementwise_inline_asm "mov $0, $1;" {constraints = "=r,r", packed_element = 1 : i32, pure = true} %{{.*}} : tensor<64xi32> -> tensor<64xi32>
  // GENERIC: "tt.elementwise_inline_asm"(%{{.*}}) {asm_string = "mov $0, $1;", constraints = "=r,r", packed_element = 1 : i32, pure = true} : (tensor<64xi32>) -> tensor<64xi32>
  %12 = tt.elementwise_inline_asm "mov $0, $1;" {constraints = "=r,r", packed_element = 1 : i32, pure = true} %n : tensor<64xi32> -> tensor<64xi32>
  // CHECK: tt.return
  // GENERIC: "tt.return"()
  tt.return
}
