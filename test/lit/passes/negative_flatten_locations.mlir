// Locations of one place stay as they are, names included.
// RUN: smtir opt %s --passes=flatten-locations --print-locations | filecheck %s

// CHECK-LABEL: func.func @plain
// CHECK: arith.addi {{.*}} loc(#[[NAMED:.*]])
// CHECK: #[[PLACE:.*]] = loc("kernel.py":7:3)
// CHECK: #[[NAMED]] = loc("total"(#[[PLACE]]))
func.func @plain(%a: i32, %b: i32) -> i32 {
  %0 = arith.addi %a, %b : i32 loc("total"("kernel.py":7:3))
  return %0 : i32
}
