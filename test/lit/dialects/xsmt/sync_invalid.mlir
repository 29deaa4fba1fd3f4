// What the verifiers say about broken barriers and hints.
//
// RUN: smtir opt %s --split-input-file --verify-diagnostics

tt.func @invalid(%s: i16, %i: i32, %f: f32, %b: !tt.ptr<i64>, %m: !xsmt.mbarrier<2>) {
  // expected-error @below {{xsmt.mbarrier_create: barrier must be a barrier (a pointer or an i64), got f32}}
  %0 = xsmt.mbarrier_create %s, %s, %s, %s : f32
  tt.return
}

// -----

tt.func @invalid(%s: i16, %i: i32, %f: f32, %b: !tt.ptr<i64>, %m: !xsmt.mbarrier<2>) {
  // expected-error @below {{xsmt.barrier_arrive: barrier must be a barrier (a pointer or an i64), got f32}}
  xsmt.barrier_arrive %f : f32
  tt.return
}

// -----

tt.func @invalid(%s: i16, %i: i32, %f: f32, %b: !tt.ptr<i64>, %m: !xsmt.mbarrier<2>) {
  // expected-error @below {{xsmt.barrier_wait: flag must be i16 or i32, got f32}}
  "xsmt.barrier_wait"(%b, %f, %s) : (!tt.ptr<i64>, f32, i16) -> ()
  tt.return
}

// -----

tt.func @invalid(%s: i16, %i: i32, %f: f32, %b: !tt.ptr<i64>, %m: !xsmt.mbarrier<2>) {
  // expected-error @below {{xsmt.barrier_set_expect: exp must be i16 or i32, got f32}}
  "xsmt.barrier_set_expect"(%b, %f) : (!tt.ptr<i64>, f32) -> ()
  tt.return
}

// -----

tt.func @invalid(%s: i16, %i: i32, %f: f32, %b: !tt.ptr<i64>, %m: !xsmt.mbarrier<2>) {
  // expected-error @below {{xsmt.mbarrier_copies: copies must be positive, got 0}}
  %0 = xsmt.mbarrier_copies copies(0) flag(0) arrive(1) txn(0) expect(1) : !xsmt.mbarrier<0>
  tt.return
}

// -----

tt.func @invalid(%s: i16, %i: i32, %f: f32, %b: !tt.ptr<i64>, %m: !xsmt.mbarrier<2>) {
  // expected-error @below {{xsmt.mbarrier_subview: index must be i32, i64 or index, got f32}}
  %0 = xsmt.mbarrier_subview %m[%f] : (!xsmt.mbarrier<2>, f32) -> i64
  tt.return
}

// -----

tt.func @invalid(%s: i16, %i: i32, %f: f32, %b: !tt.ptr<i64>, %m: !xsmt.mbarrier<2>) {
  // expected-error @below {{xsmt.global_mbarrier_init: barrier must be i64, got i32}}
  %0 = xsmt.global_mbarrier_init %s : i32
  tt.return
}

// -----

tt.func @invalid(%s: i16, %i: i32, %f: f32, %b: !tt.ptr<i64>, %m: !xsmt.mbarrier<2>) {
  // expected-error @below {{xsmt.get_num_of_thread: result must be i32, got i64}}
  %0 = "xsmt.get_num_of_thread"() : () -> i64
  tt.return
}

// -----

tt.func @invalid(%d: tensor<?xf32>) {
  // expected-error @below {{xsmt.annotation: src must be a scalar, a pointer, or a tensor of static shape without encoding, got tensor<?xf32>}}
  xsmt.annotation %d {a = 1 : i32} : tensor<?xf32>
  tt.return
}

// -----

tt.func @number_of_a_barrier_out_of_range() {
  %c2 = arith.constant 2 : i32
  %b = xsmt.mbarrier_copies copies(2) flag(0) arrive(1) txn(0) expect(1) : !xsmt.mbarrier<2>
  // expected-error @below {{the index 2 is out of range: there are 2 copies}}
  %p = xsmt.mbarrier_subview %b[%c2] : (!xsmt.mbarrier<2>, i32) -> i64
  tt.return
}
