// Pointers, loads, stores and atomics read and print as Triton prints them.
//
// RUN: smtir opt %s | filecheck %s
// RUN: smtir opt %s --print-generic | smtir opt - | filecheck %s
// RUN: smtir opt %s --print-generic | filecheck %s --check-prefix=GENERIC

// CHECK-LABEL: tt.func @ops
// GENERIC-LABEL: sym_name = "ops"
tt.func @ops(%p: !tt.ptr<f32>, %q: !tt.ptr<i32>, %i: i32, %l: i64, %t: tensor<64x!tt.ptr<f32>>, %n: tensor<64xi32>, %m: tensor<64xi1>, %x: tensor<64xf32>, %i1: i1) {
  // CHECK: tt.addptr %{{.*}}, %{{.*}} : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  // GENERIC: "tt.addptr"(%{{.*}}, %{{.*}}) : (tensor<64x!tt.ptr<f32>>, tensor<64xi32>) -> tensor<64x!tt.ptr<f32>>
  %0 = tt.addptr %t, %n : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  // CHECK: tt.addptr %{{.*}}, %{{.*}} : !tt.ptr<f32>, i64
  // GENERIC: "tt.addptr"(%{{.*}}, %{{.*}}) : (!tt.ptr<f32>, i64) -> !tt.ptr<f32>
  %1 = tt.addptr %p, %l : !tt.ptr<f32>, i64
  // CHECK: tt.ptr_to_int %{{.*}} : !tt.ptr<f32> -> i64
  // GENERIC: "tt.ptr_to_int"(%{{.*}}) : (!tt.ptr<f32>) -> i64
  %2 = tt.ptr_to_int %p : !tt.ptr<f32> -> i64
  // CHECK: tt.int_to_ptr %{{.*}} : i64 -> !tt.ptr<f32>
  // GENERIC: "tt.int_to_ptr"(%{{.*}}) : (i64) -> !tt.ptr<f32>
  %3 = tt.int_to_ptr %l : i64 -> !tt.ptr<f32>
  // CHECK: tt.make_tensor_ptr %{{.*}}, [%{{.*}}, %{{.*}}], [%{{.*}}, %{{.*}}], [%{{.*}}, %{{.*}}] {order = array<i32: 1, 0>} : <tensor<64x32xf32>>
  // GENERIC: "tt.make_tensor_ptr"(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) {order = array<i32: 1, 0>} : (!tt.ptr<f32>, i64, i64, i64, i64, i32, i32) -> !tt.ptr<tensor<64x32xf32>>
  %4 = tt.make_tensor_ptr %p, [%l, %l], [%l, %l], [%i, %i] {order = array<i32: 1, 0>} : <tensor<64x32xf32>>
  // CHECK: tt.advance %{{.*}}, [%{{.*}}, %{{.*}}] : <tensor<64x32xf32>>
  // GENERIC: "tt.advance"(%{{.*}}, %{{.*}}, %{{.*}}) : (!tt.ptr<tensor<64x32xf32>>, i32, i32) -> !tt.ptr<tensor<64x32xf32>>
  %5 = tt.advance %4, [%i, %i] : <tensor<64x32xf32>>
  // CHECK: tt.load %{{.*}} : !tt.ptr<f32>
  // GENERIC: "tt.load"(%{{.*}}) {operandSegmentSizes = array<i32: 1, 0, 0>} : (!tt.ptr<f32>) -> f32
  %6 = tt.load %p : !tt.ptr<f32>
  // CHECK: tt.load %{{.*}}, %{{.*}} : tensor<64x!tt.ptr<f32>>
  // GENERIC: "tt.load"(%{{.*}}, %{{.*}}) {operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<64x!tt.ptr<f32>>, tensor<64xi1>) -> tensor<64xf32>
  %7 = tt.load %t, %m : tensor<64x!tt.ptr<f32>>
  // CHECK: tt.load %{{.*}}, %{{.*}}, %{{.*}} cacheModifier = ca evictionPolicy = evict_last {isVolatile = true} : tensor<64x!tt.ptr<f32>>
  // GENERIC: "tt.load"(%{{.*}}, %{{.*}}, %{{.*}}) {cache = 2 : i32, evict = 3 : i32, isVolatile = true, operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<64x!tt.ptr<f32>>, tensor<64xi1>, tensor<64xf32>) -> tensor<64xf32>
  %8 = tt.load %t, %m, %x cacheModifier = ca evictionPolicy = evict_last {isVolatile = true} : tensor<64x!tt.ptr<f32>>
  // CHECK: tt.load %{{.*}} cacheModifier = cg evictionPolicy = evict_first : tensor<64x!tt.ptr<f32>>
  // GENERIC: "tt.load"(%{{.*}}) {cache = 3 : i32, evict = 2 : i32, operandSegmentSizes = array<i32: 1, 0, 0>} : (tensor<64x!tt.ptr<f32>>) -> tensor<64xf32>
  %9 = tt.load %t evictionPolicy = evict_first cacheModifier = cg : tensor<64x!tt.ptr<f32>>
  // CHECK: tt.load %{{.*}} {boundaryCheck = array<i32: 0, 1>, padding = 2 : i32} : !tt.ptr<tensor<64x32xf32>>
  // GENERIC: "tt.load"(%{{.*}}) {boundaryCheck = array<i32: 0, 1>, operandSegmentSizes = array<i32: 1, 0, 0>, padding = 2 : i32} : (!tt.ptr<tensor<64x32xf32>>) -> tensor<64x32xf32>
  %10 = tt.load %5 {boundaryCheck = array<i32: 0, 1>, padding = 2 : i32} : !tt.ptr<tensor<64x32xf32>>
  // CHECK: tt.store %{{.*}}, %{{.*}} : tensor<64x!tt.ptr<f32>>
  // GENERIC: "tt.store"(%{{.*}}, %{{.*}}) : (tensor<64x!tt.ptr<f32>>, tensor<64xf32>) -> ()
  tt.store %t, %x : tensor<64x!tt.ptr<f32>>
  // CHECK: tt.store %{{.*}}, %{{.*}}, %{{.*}} cacheModifier = wt : tensor<64x!tt.ptr<f32>>
  // GENERIC: "tt.store"(%{{.*}}, %{{.*}}, %{{.*}}) {cache = 6 : i32} : (tensor<64x!tt.ptr<f32>>, tensor<64xf32>, tensor<64xi1>) -> ()
  tt.store %t, %x, %m cacheModifier = wt : tensor<64x!tt.ptr<f32>>
  // CHECK: tt.store %{{.*}}, %{{.*}} {boundaryCheck = array<i32: 0>} : !tt.ptr<tensor<64x32xf32>>
  // GENERIC: "tt.store"(%{{.*}}, %{{.*}}) {boundaryCheck = array<i32: 0>} : (!tt.ptr<tensor<64x32xf32>>, tensor<64x32xf32>) -> ()
  tt.store %5, %10 {boundaryCheck = array<i32: 0>} : !tt.ptr<tensor<64x32xf32>>
  // CHECK: tt.atomic_rmw add, relaxed, gpu, %{{.*}}, %{{.*}}, %{{.*}} : (!tt.ptr<i32>, i32, i1) -> i32
  // GENERIC: "tt.atomic_rmw"(%{{.*}}, %{{.*}}, %{{.*}}) {atomic_rmw_op = 4 : i32, scope = 1 : i32, sem = 1 : i32} : (!tt.ptr<i32>, i32, i1) -> i32
  %11 = tt.atomic_rmw add, relaxed, gpu, %q, %i, %i1 : (!tt.ptr<i32>, i32, i1) -> i32
  // CHECK: tt.atomic_rmw exch, acq_rel, sys, %{{.*}}, %{{.*}} : (!tt.ptr<i32>, i32) -> i32
  // GENERIC: "tt.atomic_rmw"(%{{.*}}, %{{.*}}) {atomic_rmw_op = 10 : i32, scope = 3 : i32, sem = 4 : i32} : (!tt.ptr<i32>, i32) -> i32
  %12 = tt.atomic_rmw exch, acq_rel, sys, %q, %i : (!tt.ptr<i32>, i32) -> i32
  // CHECK: tt.atomic_cas acquire, cta, %{{.*}}, %{{.*}}, %{{.*}} : (!tt.ptr<i32>, i32, i32) -> i32
  // GENERIC: "tt.atomic_cas"(%{{.*}}, %{{.*}}, %{{.*}}) {scope = 2 : i32, sem = 2 : i32} : (!tt.ptr<i32>, i32, i32) -> i32
  %13 = tt.atomic_cas acquire, cta, %q, %i, %i : (!tt.ptr<i32>, i32, i32) -> i32
  // CHECK: tt.return
  // GENERIC: "tt.return"()
  tt.return
}
