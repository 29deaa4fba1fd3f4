// RUN: smtir opt %s --passes=emulate-float8 | filecheck %s

// CHECK-LABEL: func.func @widen
//       CHECK:   arith.bitcast %{{.*}} : f8E5M2 to i8
//   CHECK-NOT:   arith.extf
//       CHECK:   return %{{.*}} : f32
func.func @widen(%x: f8E5M2) -> f32 {
  %y = arith.extf %x : f8E5M2 to f32
  return %y : f32
}

// A half goes by way of f32, which holds it exactly.
// CHECK-LABEL: func.func @narrow
//       CHECK:   arith.extf %{{.*}} : f16 to f32
//   CHECK-NOT:   arith.truncf
//       CHECK:   arith.bitcast %{{.*}} : i8 to f8E4M3FN
func.func @narrow(%x: f16) -> f8E4M3FN {
  %y = arith.truncf %x : f16 to f8E4M3FN
  return %y : f8E4M3FN
}
