// What the verifiers say about broken operations of spine-triton's runtime.
//
// RUN: smtir opt %s --split-input-file --verify-diagnostics

func.func @invalid(%s: i16, %b: i64) {
  // expected-error @below {{xsmt_async.mbarrier_alloc: 3 operands do not fit the fields parity, arr_count, tx_count, ex_count}}
  %0 = "xsmt_async.mbarrier_alloc"(%s, %s, %s) : (i16, i16, i16) -> i64
  return
}

// -----

func.func @invalid(%s: i16, %b: i64) {
  // expected-error @below {{xsmt_async.mbarrier_release: mbarrier must be i64, got i16}}
  "xsmt_async.mbarrier_release"(%s) : (i16) -> ()
  return
}

// -----

func.func @invalid(%s: i16, %b: i64) {
  // expected-error @below {{xsmt_async.mbarrier_arrive: mbarrier must be i64, got i16}}
  "xsmt_async.mbarrier_arrive"(%s) : (i16) -> ()
  return
}

// -----

func.func @invalid(%s: i16, %b: i64) {
  // expected-error @below {{xsmt_async.mbarrier_wait: parity must be i16 or i32, got i64}}
  "xsmt_async.mbarrier_wait"(%b, %b, %s) : (i64, i64, i16) -> ()
  return
}

// -----

func.func @invalid(%s: i16, %b: i64) {
  // expected-error @below {{xsmt_async.grid: axis must be i64, got i16}}
  %0 = "xsmt_async.grid"(%s) : (i16) -> i64
  return
}
