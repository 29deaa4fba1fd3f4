// A module without bf16 is not touched: maxnumf stays one operation.
// RUN: smtir opt %s --passes=emulate-bf16 | filecheck %s

// CHECK-LABEL: func.func @f32
// CHECK-NEXT: %[[R:.*]] = arith.maxnumf
// CHECK-NEXT: return %[[R]]
func.func @f32(%a: f32, %b: f32) -> f32 {
  %r = arith.maxnumf %a, %b : f32
  return %r : f32
}
