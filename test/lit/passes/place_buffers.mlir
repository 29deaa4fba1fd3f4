// RUN: smtir opt %s --passes=place-buffers | filecheck %s
// RUN: smtir opt %s --passes='place-buffers{stack-bytes=1024}' | filecheck %s --check-prefix=ARENA

// CHECK-LABEL: func.func @loop
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<64xf32>
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<512xf32>
// CHECK: scf.for
// CHECK-NOT: memref.alloc
// ARENA-LABEL: func.func @loop
// ARENA: %[[ARENA:.*]] = memref.alloc() {alignment = 64 : i64} : memref<2048xi8>
// ARENA: memref.alloca() {alignment = 64 : i64} : memref<64xf32>
// ARENA: scf.for
// ARENA: memref.view %[[ARENA]][%{{.*}}][] : memref<2048xi8> to memref<512xf32>
// ARENA: memref.dealloc %[[ARENA]]
func.func @loop(%n: index, %z: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %a = memref.alloc() : memref<64xf32>
    linalg.fill ins(%z : f32) outs(%a : memref<64xf32>)
    %b = memref.alloc() : memref<512xf32>
    linalg.fill ins(%z : f32) outs(%b : memref<512xf32>)
    memref.store %z, %a[%c0] : memref<64xf32>
  }
  return
}

// A size that its clamp bounds takes the largest.
// CHECK-LABEL: func.func @clamped
// CHECK: %[[PLACE:.*]] = memref.alloca() {alignment = 64 : i64} : memref<256xi8>
// CHECK: %[[SIZE:.*]] = arith.minsi
// CHECK: memref.view %[[PLACE]][%{{.*}}][%[[SIZE]]] : memref<256xi8> to memref<?xf32>
func.func @clamped(%n: index, %z: f32) {
  %c64 = arith.constant 64 : index
  %s = arith.minsi %n, %c64 : index
  %a = memref.alloc(%s) : memref<?xf32>
  linalg.fill ins(%z : f32) outs(%a : memref<?xf32>)
  return
}

// Iterations that run at once have buffers of their own.
// CHECK-LABEL: func.func @at_once
// CHECK: memref.alloca() {alignment = 64 : i64} : memref<16xf32>
// CHECK: scf.for
// CHECK-NEXT: func.call @smtir_iteration_begin
// CHECK: memref.alloca() {alignment = 64 : i64} : memref<512xf32>
// CHECK: func.call @smtir_iteration_end
// ARENA-LABEL: func.func @at_once
// ARENA: scf.for
// ARENA-NEXT: func.call @smtir_iteration_begin
// ARENA: memref.alloca() {alignment = 64 : i64} : memref<512xf32>
// ARENA-NOT: memref.alloc()
// ARENA: func.call @smtir_iteration_end
func.func private @smtir_iteration_begin(i64)
func.func private @smtir_iteration_end(i64)
func.func @at_once(%n: index, %z: f32, %loop: i64) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %shared = memref.alloc() : memref<16xf32>
  scf.for %i = %c0 to %n step %c1 {
    func.call @smtir_iteration_begin(%loop) : (i64) -> ()
    scf.for %j = %c0 to %n step %c1 {
      %a = memref.alloc() : memref<512xf32>
      linalg.fill ins(%z : f32) outs(%a : memref<512xf32>)
    }
    linalg.fill ins(%z : f32) outs(%shared : memref<16xf32>)
    func.call @smtir_iteration_end(%loop) : (i64) -> ()
  }
  return
}

// Two buffers of one type, the second used after the first, have one place; one that is needed beside
// both, and one that is handed on, do not.
// CHECK-LABEL: func.func @one_after_the_other
// CHECK-DAG: %[[BOTH:.*]] = memref.alloca() {alignment = 64 : i64} : memref<64xf32>
// CHECK-DAG: %[[BESIDE:.*]] = memref.alloca() {alignment = 64 : i64} : memref<128xf32>
// CHECK-DAG: %[[ESCAPES:.*]] = memref.alloca() {alignment = 64 : i64} : memref<32xf32>
// CHECK-NOT: memref.alloc
// CHECK: linalg.fill ins(%{{.*}}) outs(%[[BOTH]]
// CHECK: linalg.fill ins(%{{.*}}) outs(%[[BOTH]]
// CHECK: linalg.fill ins(%{{.*}}) outs(%[[ESCAPES]]
// CHECK: linalg.fill ins(%{{.*}}) outs(%[[BESIDE]]
func.func @one_after_the_other(%z: f32) {
  %a = memref.alloc() : memref<64xf32>
  %b = memref.alloc() : memref<64xf32>
  %c = memref.alloc() : memref<128xf32>
  %d = memref.alloc() : memref<32xf32>
  linalg.fill ins(%z : f32) outs(%c : memref<128xf32>)
  linalg.fill ins(%z : f32) outs(%a : memref<64xf32>)
  linalg.fill ins(%z : f32) outs(%b : memref<64xf32>)
  linalg.fill ins(%z : f32) outs(%d : memref<32xf32>)
  %address = memref.extract_aligned_pointer_as_index %d : memref<32xf32> -> index
  linalg.fill ins(%z : f32) outs(%c : memref<128xf32>)
  return
}

// What a loop uses and was made before it is needed in all of its iterations.
// CHECK-LABEL: func.func @negative_in_one_loop
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<64xf32>
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<64xf32>
// CHECK: scf.for
func.func @negative_in_one_loop(%n: index, %z: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = memref.alloc() : memref<64xf32>
  %b = memref.alloc() : memref<64xf32>
  scf.for %i = %c0 to %n step %c1 {
    linalg.fill ins(%z : f32) outs(%a : memref<64xf32>)
    linalg.fill ins(%z : f32) outs(%b : memref<64xf32>)
  }
  return
}
