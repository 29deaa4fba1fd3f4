// Loops that are not only reduced, that store, that count one by one or whose trips are known stay as they are.
// RUN: smtir opt %s --passes=unroll-single-trips | filecheck %s
// CHECK-NOT: scf.if

#line = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func.func @handed_on
func.func @handed_on(%n: index, %x: tensor<8xf32>, %place: tensor<f32>) -> (tensor<8xf32>, tensor<f32>) {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %a = scf.for %i = %c0 to %n step %c8 iter_args(%s = %x) -> (tensor<8xf32>) {
    scf.yield %s : tensor<8xf32>
  }
  %r = linalg.reduce { arith.addf } ins(%a : tensor<8xf32>) outs(%place : tensor<f32>) dimensions = [0]
  return %a, %r : tensor<8xf32>, tensor<f32>
}

// CHECK-LABEL: func.func @stores
func.func @stores(%n: index, %x: tensor<8xf32>, %place: tensor<f32>, %memory: memref<4xindex>) -> tensor<f32> {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %a = scf.for %i = %c0 to %n step %c8 iter_args(%s = %x) -> (tensor<8xf32>) {
    memref.store %i, %memory[%c0] : memref<4xindex>
    scf.yield %s : tensor<8xf32>
  }
  %r = linalg.reduce { arith.addf } ins(%a : tensor<8xf32>) outs(%place : tensor<f32>) dimensions = [0]
  return %r : tensor<f32>
}

// CHECK-LABEL: func.func @one_by_one
func.func @one_by_one(%n: index, %x: tensor<8xf32>, %place: tensor<f32>) -> tensor<f32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x) -> (tensor<8xf32>) {
    scf.yield %s : tensor<8xf32>
  }
  %r = linalg.reduce { arith.addf } ins(%a : tensor<8xf32>) outs(%place : tensor<f32>) dimensions = [0]
  return %r : tensor<f32>
}

// CHECK-LABEL: func.func @known
func.func @known(%x: tensor<8xf32>, %place: tensor<f32>) -> tensor<f32> {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %a = scf.for %i = %c0 to %c16 step %c8 iter_args(%s = %x) -> (tensor<8xf32>) {
    scf.yield %s : tensor<8xf32>
  }
  %r = linalg.reduce { arith.addf } ins(%a : tensor<8xf32>) outs(%place : tensor<f32>) dimensions = [0]
  return %r : tensor<f32>
}

// What the reduction starts from is not known before the loop has run.
// CHECK-LABEL: func.func @start_of_the_loop
func.func @start_of_the_loop(%n: index, %x: tensor<8xf32>, %place: tensor<f32>) -> tensor<f32> {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0.0 : f32
  %a:2 = scf.for %i = %c0 to %n step %c8 iter_args(%s = %x, %f = %zero) -> (tensor<8xf32>, f32) {
    %g = arith.addf %f, %f : f32
    scf.yield %s, %g : tensor<8xf32>, f32
  }
  %start = linalg.fill ins(%a#1 : f32) outs(%place : tensor<f32>) -> tensor<f32>
  %r = linalg.reduce { arith.addf } ins(%a#0 : tensor<8xf32>) outs(%start : tensor<f32>) dimensions = [0]
  return %r : tensor<f32>
}

// A store between may write what the lane-wise operation reads.
// CHECK-LABEL: func.func @reads_later
func.func @reads_later(%n: index, %x: tensor<8xf32>, %place: tensor<f32>, %memory: memref<8xf32>) -> tensor<f32> {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %one = arith.constant 1.0 : f32
  %a = scf.for %i = %c0 to %n step %c8 iter_args(%s = %x) -> (tensor<8xf32>) {
    scf.yield %s : tensor<8xf32>
  }
  memref.store %one, %memory[%c0] : memref<8xf32>
  %m = linalg.generic {indexing_maps = [#line], iterator_types = ["parallel"]} outs(%a : tensor<8xf32>) {
  ^bb0(%o: f32):
    %lane = linalg.index 0 : index
    %v = memref.load %memory[%lane] : memref<8xf32>
    %p = arith.mulf %v, %o : f32
    linalg.yield %p : f32
  } -> tensor<8xf32>
  %r = linalg.reduce { arith.addf } ins(%m : tensor<8xf32>) outs(%place : tensor<f32>) dimensions = [0]
  return %r : tensor<f32>
}

// The same, read inside of an operation that leads to the reduction.
// CHECK-LABEL: func.func @read_in_a_region
func.func @read_in_a_region(%n: index, %x: tensor<8xf32>, %place: tensor<f32>) -> tensor<f32> {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0.0 : f32
  %a:2 = scf.for %i = %c0 to %n step %c8 iter_args(%s = %x, %f = %zero) -> (tensor<8xf32>, f32) {
    %g = arith.addf %f, %f : f32
    scf.yield %s, %g : tensor<8xf32>, f32
  }
  %twice = arith.addf %a#1, %a#1 : f32
  %m = linalg.generic {indexing_maps = [#line], iterator_types = ["parallel"]} outs(%a#0 : tensor<8xf32>) {
  ^bb0(%o: f32):
    %p = arith.mulf %twice, %o : f32
    linalg.yield %p : f32
  } -> tensor<8xf32>
  %r = linalg.reduce { arith.addf } ins(%m : tensor<8xf32>) outs(%place : tensor<f32>) dimensions = [0]
  return %r : tensor<f32>
}
