// RUN: smtir opt %s --passes=triton-carry-offsets --split-input-file | filecheck %s

// A block pointer is carried as one sum a dimension.
// CHECK-LABEL: tt.func @block_pointer
//       CHECK:   %[[INIT:.*]] = tt.make_tensor_ptr
//       CHECK:   scf.for {{.*}} iter_args(%[[D0:.*]] = %{{.*}}, %[[D1:.*]] = %{{.*}}) -> (i32, i32)
//       CHECK:     %[[P:.*]] = tt.advance %[[INIT]], [%[[D0]], %[[D1]]]
//       CHECK:     tt.load %[[P]]
//       CHECK:     %[[N1:.*]] = arith.addi %[[D1]], %{{.*}} : i32
//       CHECK:     scf.yield %{{.*}}, %[[N1]] : i32, i32
//       CHECK:   } {tt.num_stages = 3 : i32}
tt.func @block_pointer(%p: !tt.ptr<f32>, %n: i32, %m: i64) {
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %one = arith.constant 1 : i64
  %init = tt.make_tensor_ptr %p, [%m, %m], [%m, %one], [%c0, %c0] {order = array<i32: 1, 0>} : <tensor<8x16xf32>>
  %r = scf.for %i = %c0 to %n step %c16 iter_args(%b = %init) -> (!tt.ptr<tensor<8x16xf32>>) : i32 {
    %x = tt.load %b : !tt.ptr<tensor<8x16xf32>>
    tt.store %b, %x : !tt.ptr<tensor<8x16xf32>>
    %next = tt.advance %b, [%c0, %c16] : <tensor<8x16xf32>>
    scf.yield %next : !tt.ptr<tensor<8x16xf32>>
  } {tt.num_stages = 3 : i32}
  tt.return
}

// -----

// A tensor of pointers that advances uniformly is carried as one i64, through both loops.
// CHECK-LABEL: tt.func @nested
//       CHECK:   scf.for {{.*}} iter_args(%[[OUTER:.*]] = %{{.*}}) -> (i64)
//       CHECK:     scf.for {{.*}} iter_args(%[[INNER:.*]] = %{{.*}}) -> (i64)
//       CHECK:       tt.splat %[[INNER]] : i64 -> tensor<16xi64>
//       CHECK:       tt.load
tt.func @nested(%p: !tt.ptr<f32>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %step = arith.constant dense<16> : tensor<16xi32>
  %base = tt.splat %p : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %base) -> (tensor<16x!tt.ptr<f32>>) : i32 {
    %s = scf.for %j = %c0 to %n step %c1 iter_args(%b = %a) -> (tensor<16x!tt.ptr<f32>>) : i32 {
      %x = tt.load %b : tensor<16x!tt.ptr<f32>>
      tt.store %b, %x : tensor<16x!tt.ptr<f32>>
      %next = tt.addptr %b, %step : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
      scf.yield %next : tensor<16x!tt.ptr<f32>>
    }
    scf.yield %s : tensor<16x!tt.ptr<f32>>
  }
  tt.return
}

// -----

// An integer tensor that advances uniformly is carried as a scalar.
// CHECK-LABEL: tt.func @indices
//       CHECK:   scf.for {{.*}} iter_args(%[[D:.*]] = %{{.*}}) -> (i32)
//       CHECK:     %[[S:.*]] = tt.splat %[[D]] : i32 -> tensor<16xi32>
//       CHECK:     arith.addi %{{.*}}, %[[S]] : tensor<16xi32>
tt.func @indices(%p: !tt.ptr<i32>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %step = arith.constant dense<16> : tensor<16xi32>
  %range = tt.make_range {end = 16 : i32, start = 0 : i32} : tensor<16xi32>
  %base = tt.splat %p : !tt.ptr<i32> -> tensor<16x!tt.ptr<i32>>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %range) -> (tensor<16xi32>) : i32 {
    %q = tt.addptr %base, %a : tensor<16x!tt.ptr<i32>>, tensor<16xi32>
    tt.store %q, %a : tensor<16x!tt.ptr<i32>>
    %next = arith.addi %a, %step : tensor<16xi32>
    scf.yield %next : tensor<16xi32>
  }
  tt.return
}

// -----

// Both branches move the same pointer: the result is one offset.
// CHECK-LABEL: tt.func @branch
//       CHECK:   %[[D:.*]] = scf.if {{.*}} -> (i64)
//       CHECK:   tt.addptr %{{.*}}, %[[D]] : !tt.ptr<f32>, i64
tt.func @branch(%p: !tt.ptr<f32>, %c: i1, %v: f32) {
  %c1 = arith.constant 1 : i32
  %q = scf.if %c -> (!tt.ptr<f32>) {
    %moved = tt.addptr %p, %c1 : !tt.ptr<f32>, i32
    scf.yield %moved : !tt.ptr<f32>
  } else {
    scf.yield %p : !tt.ptr<f32>
  }
  tt.store %q, %v : !tt.ptr<f32>
  tt.return
}

// -----

// CHECK-LABEL: tt.func @while
//       CHECK:   scf.while (%{{.*}} = %{{.*}}, %[[D:.*]] = %{{.*}}) : (i32, i64) -> (i32, i64)
//       CHECK:     scf.condition(%{{.*}}) %{{.*}}, %[[D]] : i32, i64
tt.func @while(%p: !tt.ptr<f32>, %n: i32, %v: f32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %r:2 = scf.while (%i = %c0, %q = %p) : (i32, !tt.ptr<f32>) -> (i32, !tt.ptr<f32>) {
    %more = arith.cmpi slt, %i, %n : i32
    scf.condition(%more) %i, %q : i32, !tt.ptr<f32>
  } do {
  ^bb0(%i: i32, %q: !tt.ptr<f32>):
    tt.store %q, %v : !tt.ptr<f32>
    %next = tt.addptr %q, %c1 : !tt.ptr<f32>, i32
    %j = arith.addi %i, %c1 : i32
    scf.yield %j, %next : i32, !tt.ptr<f32>
  }
  tt.return
}

// -----

// The flag is not handed on, so that the pointer is the second value carried and the body's first argument.
// CHECK-LABEL: tt.func @until_a_flag
//       CHECK:   scf.while (%[[DONE:.*]] = %{{.*}}, %[[D:.*]] = %{{.*}}) : (i1, i64) -> (i1, i64)
//       CHECK:     scf.condition(%{{.*}}) %[[DONE]], %[[D]] : i1, i64
//       CHECK:     %[[MOVED:.*]] = arith.addi
//       CHECK:     scf.yield %{{.*}}, %[[MOVED]] : i1, i64
tt.func @until_a_flag(%p: !tt.ptr<f32>) {
  %false = arith.constant false
  %true = arith.constant true
  %zero = arith.constant 0.0 : f32
  %c1 = arith.constant 1 : i32
  %r = scf.while (%done = %false, %q = %p) : (i1, !tt.ptr<f32>) -> !tt.ptr<f32> {
    %more = arith.xori %done, %true : i1
    scf.condition(%more) %q : !tt.ptr<f32>
  } do {
  ^bb0(%q: !tt.ptr<f32>):
    %x = tt.load %q : !tt.ptr<f32>
    %done = arith.cmpf oeq, %x, %zero : f32
    %next = tt.addptr %q, %c1 : !tt.ptr<f32>, i32
    scf.yield %done, %next : i1, !tt.ptr<f32>
  }
  tt.store %r, %zero : !tt.ptr<f32>
  tt.return
}

// -----

// Two pointers that change places have no common root: their addresses are carried.
// CHECK-LABEL: tt.func @swapped
//       CHECK:   %[[P:.*]] = tt.ptr_to_int
//       CHECK:   %[[Q:.*]] = tt.ptr_to_int
//       CHECK:   scf.for {{.*}} iter_args(%[[A:.*]] = %[[P]], %{{.*}} = %[[Q]]) -> (i64, i64)
//       CHECK:     %[[MADE:.*]] = tt.int_to_ptr %[[A]] : i64 -> !tt.ptr<f32>
//       CHECK:     tt.store %[[MADE]]
tt.func @swapped(%p: !tt.ptr<f32>, %q: !tt.ptr<f32>, %n: i32, %v: f32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %p, %b = %q) -> (!tt.ptr<f32>, !tt.ptr<f32>) : i32 {
    tt.store %a, %v : !tt.ptr<f32>
    scf.yield %b, %a : !tt.ptr<f32>, !tt.ptr<f32>
  }
  tt.return
}

// -----

// A branch gives all that a block pointer is made of.
// CHECK-LABEL: tt.func @blocks
//       CHECK:   %[[R:.*]]:4 = scf.if %{{.*}} -> (i64, i64, i64, i32)
//       CHECK:   %[[BASE:.*]] = tt.int_to_ptr %[[R]]#0
//       CHECK:   %[[BLOCK:.*]] = tt.make_tensor_ptr %[[BASE]], [%[[R]]#1], [%[[R]]#2], [%[[R]]#3]
//       CHECK:   tt.load %[[BLOCK]]
tt.func @blocks(%p: !tt.ptr<f32>, %q: !tt.ptr<f32>, %c: i1, %n: i64, %i: i32) {
  %c1 = arith.constant 1 : i64
  %block = scf.if %c -> (!tt.ptr<tensor<8xf32>>) {
    %x = tt.make_tensor_ptr %p, [%n], [%c1], [%i] {order = array<i32: 0>} : <tensor<8xf32>>
    scf.yield %x : !tt.ptr<tensor<8xf32>>
  } else {
    %x = tt.make_tensor_ptr %q, [%n], [%c1], [%i] {order = array<i32: 0>} : <tensor<8xf32>>
    %y = tt.advance %x, [%i] : <tensor<8xf32>>
    scf.yield %y : !tt.ptr<tensor<8xf32>>
  }
  %v = tt.load %block : !tt.ptr<tensor<8xf32>>
  tt.store %block, %v : !tt.ptr<tensor<8xf32>>
  tt.return
}
