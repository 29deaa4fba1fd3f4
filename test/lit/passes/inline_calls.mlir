// RUN: smtir opt %s --passes=lift-cf-to-scf,inline-calls | filecheck %s

// A function that returns from two places is called in a loop, and calls another one.
// CHECK-LABEL: tt.func public @kernel
//       CHECK:   scf.for
//       CHECK:     %[[R:.*]] = scf.if {{.*}} -> (i32)
//       CHECK:       arith.muli
//       CHECK:     arith.addi %{{.*}}, %[[R]]
//   CHECK-NOT:   tt.call
//   CHECK-NOT:   tt.func
tt.func public @kernel(%p: !tt.ptr<i32>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %sum = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %c0) -> (i32) : i32 {
    %r = tt.call @clamped(%i) : (i32) -> i32
    %next = arith.addi %acc, %r : i32
    scf.yield %next : i32
  }
  tt.store %p, %sum : !tt.ptr<i32>
  tt.return
}
tt.func private @clamped(%x: i32) -> i32 {
  %c8 = arith.constant 8 : i32
  %large = arith.cmpi sgt, %x, %c8 : i32
  cf.cond_br %large, ^early, ^late
^early:
  tt.return %c8 : i32
^late:
  %y = tt.call @squared(%x) : (i32) -> i32
  tt.return %y : i32
}
tt.func private @squared(%x: i32) -> i32 {
  %y = arith.muli %x, %x : i32
  tt.return %y : i32
}
