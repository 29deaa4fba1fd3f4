// Iterations that only arrive may run one after another.
// RUN: smtir opt %s --passes=concurrent-iterations | filecheck %s

// CHECK-LABEL: func.func @arrive
// CHECK-NEXT: scf.forall (%{{.*}}) in (4) {
// CHECK-NEXT: func.call @smtir_barrier_arrive
// CHECK-NOT: smtir_parallel_begin
func.func private @smtir_barrier_arrive(i64)
func.func @arrive(%bar: i64) {
  scf.forall (%i) in (4) {
    func.call @smtir_barrier_arrive(%bar) : (i64) -> ()
  }
  return
}
