// RUN: smtir opt %s --passes=triton-to-memref,canonicalize,cse --split-input-file | filecheck %s

// The part inside the tensor is read into zeros; the store writes only that part.
// CHECK-LABEL: func @block
//       CHECK:   %[[BLOCK:.*]] = memref.reinterpret_cast %{{.*}} to offset: [%{{.*}}], sizes: [8, 16], strides: [%{{.*}}, 1]
//       CHECK:   %[[PART:.*]] = memref.subview %[[BLOCK]][0, 0] [%[[ROWS:.*]], 16] [1, 1]
//       CHECK:   %[[READ:.*]] = bufferization.to_tensor %[[PART]] restrict
//       CHECK:   %[[ZEROS:.*]] = tt.splat
//       CHECK:   %[[X:.*]] = tensor.insert_slice %[[READ]] into %[[ZEROS]][0, 0] [%[[ROWS]], 16] [1, 1]
//       CHECK:   %[[OUT:.*]] = tensor.extract_slice %[[X]][0, 0] [%[[ROWS]], 16] [1, 1]
//       CHECK:   bufferization.materialize_in_destination %[[OUT]] in restrict writable
tt.func @block(%p: !tt.ptr<f32>, %q: !tt.ptr<f32>, %m: i64) {
  %c0 = arith.constant 0 : i32
  %one = arith.constant 1 : i64
  %pid = tt.get_program_id x : i32
  %a = tt.make_tensor_ptr %p, [%m, %m], [%m, %one], [%pid, %c0] {order = array<i32: 1, 0>} : <tensor<8x16xf32>>
  %b = tt.make_tensor_ptr %q, [%m, %m], [%m, %one], [%pid, %c0] {order = array<i32: 1, 0>} : <tensor<8x16xf32>>
  %x = tt.load %a {boundaryCheck = array<i32: 0>, padding = 1 : i32} : !tt.ptr<tensor<8x16xf32>>
  tt.store %b, %x {boundaryCheck = array<i32: 0>} : !tt.ptr<tensor<8x16xf32>>
  tt.return
}

// -----

// A mask of one comparison is a bound; `other` is what is outside.
// CHECK-LABEL: func @masked
//   CHECK-DAG:   %[[OTHER:.*]] = arith.constant dense<-1.000000e+00>
//       CHECK:   memref.subview %{{.*}}[0] [%[[N:.*]]] [1]
//       CHECK:   tensor.insert_slice %{{.*}} into %[[OTHER]][0] [%[[N]]] [1]
//   CHECK-NOT:   tt.load
tt.func @masked(%p: !tt.ptr<f32>, %q: !tt.ptr<f32>, %n: i32) {
  %other = arith.constant dense<-1.0> : tensor<16xf32>
  %range = tt.make_range {end = 16 : i32, start = 0 : i32} : tensor<16xi32>
  %limit = tt.splat %n : i32 -> tensor<16xi32>
  %mask = arith.cmpi slt, %range, %limit : tensor<16xi32>
  %a = tt.splat %p : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
  %pa = tt.addptr %a, %range : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
  %x = tt.load %pa, %mask, %other : tensor<16x!tt.ptr<f32>>
  %b = tt.splat %q : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
  %pb = tt.addptr %b, %range : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
  tt.store %pb, %x, %mask : tensor<16x!tt.ptr<f32>>
  tt.return
}

// -----

// Loaded addresses have no structure: each element is read and written by itself.
// CHECK-LABEL: func @gather
//       CHECK:   linalg.generic
//       CHECK:     memref.load
//       CHECK:   linalg.generic
//       CHECK:     memref.store
//  CHECK-NEXT:     linalg.yield
tt.func @gather(%p: !tt.ptr<f32>, %i: !tt.ptr<i32>) {
  %range = tt.make_range {end = 16 : i32, start = 0 : i32} : tensor<16xi32>
  %is = tt.splat %i : !tt.ptr<i32> -> tensor<16x!tt.ptr<i32>>
  %ip = tt.addptr %is, %range : tensor<16x!tt.ptr<i32>>, tensor<16xi32>
  %at = tt.load %ip : tensor<16x!tt.ptr<i32>>
  %a = tt.splat %p : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
  %pa = tt.addptr %a, %at : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
  %x = tt.load %pa : tensor<16x!tt.ptr<f32>>
  %y = arith.addf %x, %x : tensor<16xf32>
  tt.store %pa, %y : tensor<16x!tt.ptr<f32>>
  tt.return
}

// -----

// The value of the first load is still wanted after its memory changed: it is copied.
// CHECK-LABEL: func @swap
//       CHECK:   memref.copy
//       CHECK:   bufferization.materialize_in_destination
//       CHECK:   bufferization.materialize_in_destination
tt.func @swap(%p: !tt.ptr<f32>, %q: !tt.ptr<f32>) {
  %range = tt.make_range {end = 16 : i32, start = 0 : i32} : tensor<16xi32>
  %a = tt.splat %p : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
  %pa = tt.addptr %a, %range : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
  %b = tt.splat %q : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
  %pb = tt.addptr %b, %range : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
  %x = tt.load %pa : tensor<16x!tt.ptr<f32>>
  %y = tt.load %pb : tensor<16x!tt.ptr<f32>>
  tt.store %pa, %y : tensor<16x!tt.ptr<f32>>
  tt.store %pb, %x : tensor<16x!tt.ptr<f32>>
  tt.return
}

// -----

// CHECK-LABEL: func @scalar
//       CHECK:   memref.load
//       CHECK:   scf.if
//       CHECK:     memref.store
tt.func @scalar(%p: !tt.ptr<f32>, %n: i32, %c: i1) {
  %a = tt.addptr %p, %n : !tt.ptr<f32>, i32
  %x = tt.load %a : !tt.ptr<f32>
  tt.store %p, %x, %c : !tt.ptr<f32>
  tt.return
}

// -----

// CHECK-LABEL: func @atomics
//       CHECK:   memref.atomic_rmw addi
//       CHECK:   memref.generic_atomic_rmw
//       CHECK:     arith.select
tt.func @atomics(%p: !tt.ptr<i32>, %v: i32) -> (i32, i32) {
  %true = arith.constant true
  %a = tt.atomic_rmw add, acq_rel, gpu, %p, %v, %true : (!tt.ptr<i32>, i32, i1) -> i32
  %b = tt.atomic_cas acq_rel, gpu, %p, %v, %a : (!tt.ptr<i32>, i32, i32) -> i32
  tt.return %a, %b : i32, i32
}

// -----

// CHECK-LABEL: func @descriptor
//       CHECK:   memref.subview %{{.*}}[0, 0] [%{{.*}}, %{{.*}}] [1, 1]
//       CHECK:   bufferization.to_tensor
//       CHECK:   bufferization.materialize_in_destination
tt.func @descriptor(%p: !tt.ptr<f32>, %m: i32, %s: i64) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i64
  %d = tt.make_tensor_descriptor %p, [%m, %m], [%s, %c1] : <f32>, <tensor<8x16xf32>>
  %x = tt.descriptor_load %d[%c0, %c0] : !tt.tensordesc<tensor<8x16xf32>> -> tensor<8x16xf32>
  tt.descriptor_store %d[%c0, %c0], %x : !tt.tensordesc<tensor<8x16xf32>>, tensor<8x16xf32>
  tt.return
}

// -----

// Offsets modulo n: a copy for each time that the block wraps, into the padding.
// CHECK-LABEL: func @wrapped
//       CHECK:   %[[BUFFER:.*]] = memref.alloc() : memref<16xf32>
//       CHECK:   scf.while
//       CHECK:     arith.remsi
//       CHECK:     memref.copy
//       CHECK:   bufferization.to_tensor %[[BUFFER]]
//   CHECK-NOT:   memref.load
tt.func @wrapped(%p: !tt.ptr<f32>, %q: !tt.ptr<f32>, %n: i32) {
  %c16 = arith.constant 16 : i32
  %pid = tt.get_program_id x : i32
  %start = arith.muli %pid, %c16 : i32
  %range = tt.make_range {end = 16 : i32, start = 0 : i32} : tensor<16xi32>
  %starts = tt.splat %start : i32 -> tensor<16xi32>
  %offsets = arith.addi %starts, %range : tensor<16xi32>
  %modulus = tt.splat %n : i32 -> tensor<16xi32>
  %inside = arith.remsi %offsets, %modulus : tensor<16xi32>
  %a = tt.splat %p : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
  %pa = tt.addptr %a, %inside : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
  %x = tt.load %pa : tensor<16x!tt.ptr<f32>>
  %b = tt.splat %q : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
  %pb = tt.addptr %b, %offsets : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
  tt.store %pb, %x : tensor<16x!tt.ptr<f32>>
  tt.return
}

// -----

// A pointer that is computed from an integer points to the memory at that address.
// CHECK-LABEL: func @from_integer
//       CHECK:   %[[ADDRESS:.*]] = arith.index_cast %{{.*}} : i64 to index
//       CHECK:   %[[MEMORY:.*]] = builtin.unrealized_conversion_cast %[[ADDRESS]] : index to memref<f32>
//       CHECK:   memref.reinterpret_cast %[[MEMORY]]
tt.func @from_integer(%a: i64, %q: !tt.ptr<f32>) {
  %p = tt.int_to_ptr %a : i64 -> !tt.ptr<f32>
  %x = tt.load %p : !tt.ptr<f32>
  tt.store %q, %x : !tt.ptr<f32>
  tt.return
}

// -----

// Rows of a descriptor are pointers with a mask; so is a block that is updated atomically.
// CHECK-LABEL: func @descriptor_rows
//       CHECK:   linalg.generic
//       CHECK:     scf.if
//       CHECK:       memref.load
//       CHECK:   linalg.generic
//       CHECK:     scf.if
//       CHECK:       memref.store
// CHECK-LABEL: func @descriptor_updated
//       CHECK:   memref.atomic_rmw addi
tt.func @descriptor_rows(%p: !tt.ptr<i32>, %n: i32, %s: i64, %rows: tensor<8xi32>, %y: i32) {
  %one = arith.constant 1 : i64
  %d = tt.make_tensor_descriptor %p, [%n, %n], [%s, %one] : <i32>, <tensor<1x16xsi32>>
  %x = tt.descriptor_gather %d[%rows, %y] : (!tt.tensordesc<tensor<1x16xsi32>>, tensor<8xi32>, i32) -> tensor<8x16xi32>
  tt.descriptor_scatter %d[%rows, %y], %x : !tt.tensordesc<tensor<1x16xsi32>>, tensor<8xi32>, i32, tensor<8x16xi32>
  tt.return
}
tt.func @descriptor_updated(%p: !tt.ptr<i32>, %n: i32, %s: i64, %i: i32, %x: tensor<8x16xi32>) {
  %one = arith.constant 1 : i64
  %d = tt.make_tensor_descriptor %p, [%n, %n], [%s, %one] : <i32>, <tensor<8x16xsi32>>
  tt.descriptor_reduce add, %d[%i, %i], %x : !tt.tensordesc<tensor<8x16xsi32>>, tensor<8x16xi32>
  tt.return
}

// -----

// What only a product reads is read where it is, if all of it is there and it does not wrap around.
// CHECK-LABEL: func @multiplied
//       CHECK:   %[[Q:.*]] = builtin.unrealized_conversion_cast %arg1
//       CHECK:   %[[ALL:.*]] = arith.cmpi sge, %{{.*}}, %c16
//       CHECK:   %[[A:.*]] = scf.if %{{.*}} -> (memref<16x16xf32, strided<[?, 1], offset: ?>>) {
//   CHECK-NOT:     memref.copy
//       CHECK:     memref.cast %{{.*}} : memref<16x16xf32, strided<[?, 1]>>
//       CHECK:     scf.yield
//       CHECK:   } else {
//       CHECK:     bufferization.materialize_in_destination
//       CHECK:     memref.copy
//       CHECK:     scf.yield
//       CHECK:   }
//       CHECK:   %[[LEFT:.*]] = bufferization.to_tensor %[[A]] restrict :
//       CHECK:   arith.remsi
//       CHECK:   %[[B:.*]] = scf.if %{{.*}} -> (memref<16x16xf32, strided<[?, 1], offset: ?>>) {
//   CHECK-NOT:     memref.copy
//       CHECK:     memref.reinterpret_cast %[[Q]] to offset: [%{{.*}}], sizes: [16, 16]
//       CHECK:     scf.yield
//       CHECK:   } else {
//       CHECK:     scf.while
//       CHECK:     memref.copy
//       CHECK:   }
//       CHECK:   %[[RIGHT:.*]] = bufferization.to_tensor %[[B]] restrict :
//       CHECK:   tt.dot %[[LEFT]], %[[RIGHT]]
tt.func @multiplied(%p: !tt.ptr<f32>, %q: !tt.ptr<f32>, %o: !tt.ptr<f32>, %n: i32) {
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %c16 = arith.constant 16 : i32
  %pid = tt.get_program_id x : i32
  %start = arith.muli %pid, %c16 : i32
  %range = tt.make_range {end = 16 : i32, start = 0 : i32} : tensor<16xi32>
  %down = tt.expand_dims %range {axis = 1 : i32} : tensor<16xi32> -> tensor<16x1xi32>
  %across = tt.expand_dims %range {axis = 0 : i32} : tensor<16xi32> -> tensor<1x16xi32>
  %length = tt.splat %n : i32 -> tensor<16x1xi32>
  %row_starts = arith.muli %down, %length : tensor<16x1xi32>
  %row_starts_2d = tt.broadcast %row_starts : tensor<16x1xi32> -> tensor<16x16xi32>
  %across_2d = tt.broadcast %across : tensor<1x16xi32> -> tensor<16x16xi32>
  %offsets = arith.addi %row_starts_2d, %across_2d : tensor<16x16xi32>
  %limit = tt.splat %n : i32 -> tensor<1x16xi32>
  %inside = arith.cmpi slt, %across, %limit : tensor<1x16xi32>
  %mask = tt.broadcast %inside : tensor<1x16xi1> -> tensor<16x16xi1>
  %p_2d = tt.splat %p : !tt.ptr<f32> -> tensor<16x16x!tt.ptr<f32>>
  %pa = tt.addptr %p_2d, %offsets : tensor<16x16x!tt.ptr<f32>>, tensor<16x16xi32>
  %a = tt.load %pa, %mask, %zero : tensor<16x16x!tt.ptr<f32>>
  %starts = tt.splat %start : i32 -> tensor<16x1xi32>
  %rows = arith.addi %starts, %down : tensor<16x1xi32>
  %wrapped = arith.remsi %rows, %length : tensor<16x1xi32>
  %wrapped_starts = arith.muli %wrapped, %length : tensor<16x1xi32>
  %wrapped_2d = tt.broadcast %wrapped_starts : tensor<16x1xi32> -> tensor<16x16xi32>
  %places = arith.addi %wrapped_2d, %across_2d : tensor<16x16xi32>
  %q_2d = tt.splat %q : !tt.ptr<f32> -> tensor<16x16x!tt.ptr<f32>>
  %pb = tt.addptr %q_2d, %places : tensor<16x16x!tt.ptr<f32>>, tensor<16x16xi32>
  %b = tt.load %pb : tensor<16x16x!tt.ptr<f32>>
  %product = tt.dot %a, %b, %zero : tensor<16x16xf32> * tensor<16x16xf32> -> tensor<16x16xf32>
  %o_2d = tt.splat %o : !tt.ptr<f32> -> tensor<16x16x!tt.ptr<f32>>
  %po = tt.addptr %o_2d, %offsets : tensor<16x16x!tt.ptr<f32>>, tensor<16x16xi32>
  tt.store %po, %product, %mask : tensor<16x16x!tt.ptr<f32>>
  tt.return
}
