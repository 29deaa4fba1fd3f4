// RUN: smtir opt %s --passes='canonicalize,func.func(cse)' | filecheck %s
// RUN: smtir opt - --passes='canonicalize,func.func(cse)' < %s | filecheck %s

// CHECK-LABEL: func.func @twice
// CHECK-SAME: %[[A:.*]]: i32
// CHECK-DAG: %[[TWO:.*]] = arith.constant 2 : i32
// CHECK: %[[SUM:.*]] = arith.addi %[[A]], %[[TWO]]
// CHECK-NEXT: return %[[SUM]]
func.func @twice(%a: i32) -> i32 {
  %0 = arith.constant 1 : i32
  %1 = arith.addi %a, %0 : i32
  %2 = arith.constant 1 : i32
  %3 = arith.addi %1, %2 : i32
  return %3 : i32
}
