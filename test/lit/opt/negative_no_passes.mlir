// Without passes nothing changes, and constants stay two.
// RUN: smtir opt %s | filecheck %s
// RUN: smtir opt %s --print-generic | filecheck %s --check-prefix=GENERIC
// RUN: smtir opt %s --print-locations | filecheck %s --check-prefix=LOC

// CHECK-LABEL: func.func @constants
// CHECK-COUNT-2: arith.constant 1
// GENERIC: "func.func"
// GENERIC-COUNT-2: "arith.constant"
// LOC: arith.constant 1 : i32 loc(#[[PLACE:.*]])
// LOC: #[[PLACE]] = loc("kernel.py":3:4)
func.func @constants() -> (i32, i32) {
  %0 = arith.constant 1 : i32 loc("kernel.py":3:4)
  %1 = arith.constant 1 : i32
  return %0, %1 : i32, i32
}
