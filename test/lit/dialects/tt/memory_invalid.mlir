// What the verifiers and the reader say about broken memory operations.
//
// RUN: smtir opt %s --split-input-file --verify-diagnostics

tt.func @invalid(%p: tensor<64x!tt.ptr<f32>>, %i: tensor<32xi32>) {
  // expected-error @below {{tt.addptr: expected the same shape everywhere, got tensor<64x!tt.ptr<f32>> and tensor<32xi32>}}
  %0 = tt.addptr %p, %i : tensor<64x!tt.ptr<f32>>, tensor<32xi32>
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<f32>, %i: f32) {
  // expected-error @below {{tt.addptr: offset must be an integer or a tensor of integers, got f32}}
  %0 = tt.addptr %p, %i : !tt.ptr<f32>, f32
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<f32>) {
  // expected-error @below {{tt.ptr_to_int: result must be i64 or a tensor of i64, got i32}}
  %0 = tt.ptr_to_int %p : !tt.ptr<f32> -> i32
  tt.return
}

// -----

tt.func @invalid(%i: tensor<4xi64>) {
  // expected-error @below {{tt.int_to_ptr: expected the same shape everywhere, got tensor<4xi64> and !tt.ptr<f32>}}
  %0 = tt.int_to_ptr %i : tensor<4xi64> -> !tt.ptr<f32>
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<f32>, %l: i64, %i: i32) {
  // expected-error @below {{tt.make_tensor_ptr: expected 2 sizes, strides and offsets for !tt.ptr<tensor<64x32xf32>>, got 1}}
  %0 = tt.make_tensor_ptr %p, [%l], [%l], [%i] {order = array<i32: 0>} : <tensor<64x32xf32>>
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<f32>, %l: i64, %i: i32) {
  // expected-error @below {{tt.make_tensor_ptr: order must name each of the 2 dimensions once, got [1, 1]}}
  %0 = tt.make_tensor_ptr %p, [%l, %l], [%l, %l], [%i, %i] {order = array<i32: 1, 1>} : <tensor<64x32xf32>>
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<f32>, %l: i64, %i: i32) {
  // expected-error @below {{tt.make_tensor_ptr: 6 operands do not fit the fields base, shape..., strides..., offsets...}}
  %0 = tt.make_tensor_ptr %p, [%l, %l], [%l, %l], [%i] {order = array<i32: 1, 0>} : <tensor<64x32xf32>>
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<tensor<64x32xf32>>, %i: i32) {
  // expected-error @below {{tt.advance: expected 2 offsets for !tt.ptr<tensor<64x32xf32>>, got 1}}
  %0 = tt.advance %p, [%i] : <tensor<64x32xf32>>
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<tensor<64x32xf32>>) {
  // expected-error @below {{tt.load: boundaryCheck must list dimensions from 0 to 1, each once, got [2]}}
  %0 = tt.load %p {boundaryCheck = array<i32: 2>} : !tt.ptr<tensor<64x32xf32>>
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<f32>) {
  // expected-error @below {{tt.load: boundaryCheck needs a block pointer, got !tt.ptr<f32>}}
  %0 = tt.load %p {boundaryCheck = array<i32: 0>} : !tt.ptr<f32>
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<tensor<64x32xf32>>, %m: tensor<64x32xi1>) {
  // expected-error @below {{tt.load: a block pointer takes no mask}}
  %0 = tt.load %p, %m : !tt.ptr<tensor<64x32xf32>>
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<f32>) {
  // expected-error @below {{tt.load: attribute cache must be a cache modifier (none, ca, cg, wb, cs, wt, cv), got 9 : i32}}
  %0 = tt.load %p {cache = 9 : i32} : !tt.ptr<f32>
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<f32>) {
  // expected-error @below {{'zz' is no cache modifier}}
  %0 = tt.load %p cacheModifier = zz : !tt.ptr<f32>
  tt.return
}

// -----

tt.func @invalid(%p: f32) {
  // expected-error @below {{cannot tell the type of result from f32, the type of ptr}}
  %0 = tt.load %p : f32
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<f32>, %x: f32) {
  // expected-error @below {{tt.load: other without a mask is never used}}
  %0 = "tt.load"(%p, %x) {operandSegmentSizes = array<i32: 1, 0, 1>} : (!tt.ptr<f32>, f32) -> f32
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<f32>) {
  // expected-error @below {{tt.load: 1 operands do not fit the fields ptr, mask?, other?}}
  %0 = "tt.load"(%p) {operandSegmentSizes = array<i32: 1, 1, 1>} : (!tt.ptr<f32>) -> f32
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<f32>) {
  // expected-error @below {{tt.load: result must be f32, got f16}}
  %0 = "tt.load"(%p) {operandSegmentSizes = array<i32: 1, 0, 0>} : (!tt.ptr<f32>) -> f16
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<f32>, %x: f16) {
  // expected-error @below {{tt.store: value must be f32, got f16}}
  "tt.store"(%p, %x) : (!tt.ptr<f32>, f16) -> ()
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<tensor<64x32xf32>>, %x: tensor<64x32xf32>) {
  // expected-error @below {{tt.store: boundaryCheck must list dimensions from 0 to 1, each once, got [0, 0]}}
  tt.store %p, %x {boundaryCheck = array<i32: 0, 0>} : !tt.ptr<tensor<64x32xf32>>
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<i32>, %x: i64) {
  // expected-error @below {{tt.atomic_rmw: val must be i32, got i64}}
  %0 = tt.atomic_rmw add, relaxed, gpu, %p, %x : (!tt.ptr<i32>, i64) -> i32
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<i32>, %x: i32) {
  // expected-error @below {{'nand' is no atomic operation}}
  %0 = tt.atomic_rmw nand, relaxed, gpu, %p, %x : (!tt.ptr<i32>, i32) -> i32
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<i32>, %x: i32) {
  // expected-error @below {{tt.atomic_cas: result must be i32, got i64}}
  %0 = tt.atomic_cas relaxed, gpu, %p, %x, %x : (!tt.ptr<i32>, i32, i32) -> i64
  tt.return
}

// -----

tt.func @invalid(%p: !tt.ptr<tensor<64xi32>>) {
  // expected-error @below {{tt.load: padding neg_inf needs elements of a floating-point type, got i32}}
  %0 = tt.load %p {boundaryCheck = array<i32: 0>, padding = 3 : i32} : !tt.ptr<tensor<64xi32>>
  tt.return
}
