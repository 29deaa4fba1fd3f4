// RUN: smtir opt %s --passes=emulate-float8 | filecheck %s

// CHECK-LABEL: func.func @halves
//       CHECK:   arith.extf %{{.*}} : f16 to f32
//       CHECK:   arith.truncf %{{.*}} : f32 to f16
func.func @halves(%x: f16) -> f16 {
  %y = arith.extf %x : f16 to f32
  %z = arith.truncf %y : f32 to f16
  return %z : f16
}
