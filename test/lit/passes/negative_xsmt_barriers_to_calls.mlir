// RUN: smtir opt %s --passes=xsmt-barriers-to-calls --split-input-file --verify-diagnostics

tt.func public @mixed(%p: !tt.ptr<i64>, %c: i1) {
  %z = arith.constant 0 : i16
  %bar = xsmt.mbarrier_create %z, %z, %z, %z : <i64>
  // The other one is an array of the caller's.
  // expected-error @+1 {{arith.select takes a barrier of smt.mbarrier for another pointer, or another pointer for a barrier}}
  %chosen = arith.select %c, %bar, %p : !tt.ptr<i64>
  xsmt.barrier_arrive %chosen : <i64>
  tt.return
}

// -----

tt.func public @loaded() {
  %z = arith.constant 0 : i16
  %bar = xsmt.mbarrier_create %z, %z, %z, %z : <i64>
  // expected-error @+1 {{tt.load takes a barrier of smt.mbarrier for another pointer}}
  %x = tt.load %bar : !tt.ptr<i64>
  tt.return
}
