// A size that nothing bounds is allocated where it is, and freed where its block ends.
// RUN: smtir opt %s --passes=place-buffers | filecheck %s

// CHECK-LABEL: func.func @unbounded
// CHECK: scf.for
// CHECK: %[[A:.*]] = memref.alloc(%{{.*}}) : memref<?xf32>
// CHECK: linalg.fill
// CHECK-NEXT: memref.dealloc %[[A]]
// CHECK-NEXT: }
func.func @unbounded(%n: index, %z: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %a = memref.alloc(%i) : memref<?xf32>
    linalg.fill ins(%z : f32) outs(%a : memref<?xf32>)
  }
  return
}
