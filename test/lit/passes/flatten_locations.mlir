// RUN: smtir opt %s --passes=flatten-locations --print-locations | filecheck %s

// CHECK-LABEL: func.func @inlined
// CHECK: arith.addi {{.*}} loc(#[[PLACE:.*]])
// CHECK: arith.muli {{.*}} loc(#[[NAMED:.*]])
// CHECK: #[[PLACE]] = loc("kernel.py":7:3)
// CHECK: #[[NAMED]] = loc("r"(#[[PLACE]]))
// CHECK-NOT: callsite
func.func @inlined(%a: i32, %b: i32) -> i32 {
  %0 = arith.addi %a, %b : i32
    loc(callsite("/lib/triton/language/random.py":110:12 at callsite("/lib/triton/language/random.py":84:20 at "kernel.py":7:3)))
  %1 = arith.muli %0, %b : i32 loc("r"(callsite("/lib/triton/language/random.py":84:20 at "kernel.py":7:3)))
  return %1 : i32
}
