// RUN: smtir opt %s --passes=expand-math --split-input-file | filecheck %s

// CHECK-LABEL: func.func @rsqrt
//  CHECK-SAME:   %[[X:.*]]: vector<8xf32>
//   CHECK-DAG:   %[[ONE:.*]] = arith.constant dense<1.000000e+00>
//   CHECK-DAG:   %[[ROOT:.*]] = math.sqrt %[[X]]
//       CHECK:   %[[Y:.*]] = arith.divf %[[ONE]], %[[ROOT]]
//       CHECK:   return %[[Y]]
func.func @rsqrt(%x: vector<8xf32>) -> vector<8xf32> {
  %y = math.rsqrt %x : vector<8xf32>
  return %y : vector<8xf32>
}

// -----

// The power of two is made from the low bits of the rounded quotient, and multiplied in twice.
// CHECK-LABEL: func.func @exp
//  CHECK-SAME:   %[[X:.*]]: vector<4x8xf32>
//   CHECK-NOT:   math.exp
//       CHECK:   %[[LOW:.*]] = arith.cmpf olt, %[[X]]
//       CHECK:   %[[CLAMPED:.*]] = arith.select %[[LOW]], %{{.*}}, %[[X]]
//       CHECK:   %[[QUOTIENT:.*]] = math.fma %[[CLAMPED]]
//       CHECK:   %[[ROUNDED:.*]] = arith.minnumf %[[QUOTIENT]]
//       CHECK:   %[[BITS:.*]] = arith.bitcast %[[ROUNDED]] : vector<4x8xf32> to vector<4x8xi32>
//       CHECK:   arith.shli %[[BITS]]
//       CHECK:   %[[SCALE:.*]] = arith.bitcast %{{.*}} : vector<4x8xi32> to vector<4x8xf32>
// CHECK-COUNT-7: math.fma
//       CHECK:   %[[ONCE:.*]] = arith.mulf %{{.*}}, %[[SCALE]]
//       CHECK:   %[[TWICE:.*]] = arith.mulf %[[ONCE]], %[[SCALE]]
//       CHECK:   return %[[TWICE]]
func.func @exp(%x: vector<4x8xf32>) -> vector<4x8xf32> {
  %y = math.exp %x : vector<4x8xf32>
  return %y : vector<4x8xf32>
}

// -----

// CHECK-LABEL: func.func @half
//       CHECK:   %[[WIDE:.*]] = arith.extf %{{.*}} : f16 to f32
//   CHECK-NOT:   math.log
//       CHECK:   arith.truncf %{{.*}} : f32 to f16
func.func @half(%x: f16) -> f16 {
  %y = math.log %x : f16
  return %y : f16
}

// -----

// Only lanes past 2^17 go through the long reduction, and only if there is one.
// CHECK-LABEL: func.func @sin
//       CHECK:   %[[ANY:.*]] = vector.reduction <or>, %{{.*}} : vector<8xi1> into i1
//       CHECK:   scf.if %[[ANY]]
//       CHECK:     scf.for
//       CHECK:       scf.if
//       CHECK:         arith.shrui %{{.*}} : i256
//   CHECK-NOT:   math.sin
func.func @sin(%x: vector<8xf32>) -> vector<8xf32> {
  %y = math.sin %x : vector<8xf32>
  return %y : vector<8xf32>
}

// -----

// f64 is computed in pairs of numbers: what a product lacks is found by a fused one.
// CHECK-LABEL: func.func @expm1
//   CHECK-DAG:   %[[ROUNDED:.*]] = math.fma %{{.*}} : vector<4xf64>
//       CHECK:   %[[PRODUCT:.*]] = arith.mulf
//       CHECK:   %[[MINUS:.*]] = arith.mulf %[[PRODUCT]]
//       CHECK:   math.fma %{{.*}}, %{{.*}}, %[[MINUS]]
//   CHECK-NOT:   math.expm1
func.func @expm1(%x: vector<4xf64>) -> vector<4xf64> {
  %y = math.expm1 %x : vector<4xf64>
  return %y : vector<4xf64>
}

// -----

// Large angles of f64 take 1280 bits of 2/pi.
// CHECK-LABEL: func.func @tan
//       CHECK:   arith.shrui %{{.*}} : i1280
//   CHECK-NOT:   math.tan
func.func @tan(%x: f64) -> f64 {
  %y = math.tan %x : f64
  return %y : f64
}
