// RUN: smtir opt %s --passes=xsmt-parallel-to-forall --split-input-file | filecheck %s

// CHECK-LABEL: func @windows
//       CHECK:   scf.forall (%{{.*}}) in (2) shared_outs(%[[OUT:.*]] = %{{.*}}) -> (tensor<64x64xf32>)
//       CHECK:     tensor.extract_slice %[[OUT]][%[[O:.*]], 0] [32, 64] [1, 1]
//       CHECK:     scf.forall.in_parallel
//       CHECK:       tensor.parallel_insert_slice %{{.*}} into %[[OUT]][%[[O]], 0] [32, 64] [1, 1]
func.func @windows(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c2 = arith.constant 2 : i32
  %c32 = arith.constant 32 : i32
  %r = scf.for %i = %c0 to %c2 step %c1 iter_args(%acc = %x) -> (tensor<64x64xf32>) : i32 {
    %o = arith.muli %i, %c32 : i32
    %p = arith.index_cast %o : i32 to index
    %t = tensor.extract_slice %acc[%p, 0] [32, 64] [1, 1] : tensor<64x64xf32> to tensor<32x64xf32>
    %u = arith.addf %t, %t : tensor<32x64xf32>
    %n = tensor.insert_slice %u into %acc[%p, 0] [32, 64] [1, 1] : tensor<32x64xf32> into tensor<64x64xf32>
    scf.yield %n : tensor<64x64xf32>
  } {bind_sub_block = true}
  return %r : tensor<64x64xf32>
}

// -----

// Without carried values, and with bounds that are not constant.
// CHECK-LABEL: func @stores
//       CHECK:   scf.forall (%[[I:.*]]) = (%{{.*}}) to (%{{.*}}) step (%{{.*}})
//       CHECK:     memref.store %{{.*}}, %{{.*}}[%[[I]]]
func.func @stores(%m: memref<?xf32>, %lo: index, %hi: index, %step: index, %v: f32) {
  scf.for %i = %lo to %hi step %step {
    memref.store %v, %m[%i] : memref<?xf32>
  } {bind_sub_block = true}
  return
}

// -----

// A loop without the mark stays.
// CHECK-LABEL: func @ordinary
//       CHECK:   scf.for
func.func @ordinary(%m: memref<?xf32>, %lo: index, %hi: index, %step: index, %v: f32) {
  scf.for %i = %lo to %hi step %step {
    memref.store %v, %m[%i] : memref<?xf32>
  }
  return
}
