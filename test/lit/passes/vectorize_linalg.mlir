// RUN: smtir opt %s --passes=vectorize-linalg | filecheck %s

#row = affine_map<(d0, d1) -> (d0)>
#id = affine_map<(d0, d1) -> (d0, d1)>

// A row and its remainder; the row's own number is loaded once.
// CHECK-LABEL: func.func @scale_rows
// CHECK: scf.for %[[I:.*]] =
// CHECK: scf.for %[[J:.*]] =
// CHECK: %[[X:.*]] = vector.load %{{.*}}[%[[I]], %[[J]]] : memref<64x136xf32>, vector<32xf32>
// CHECK: %[[S:.*]] = memref.load %{{.*}}[%[[I]]] : memref<64xf32>
// CHECK: %[[V:.*]] = vector.broadcast %[[S]] : f32 to vector<32xf32>
// CHECK: %[[M:.*]] = arith.mulf %[[X]], %[[V]] : vector<32xf32>
// CHECK: vector.store %[[M]]
// CHECK: vector.load {{.*}} vector<8xf32>
// CHECK: vector.store {{.*}} vector<8xf32>
// CHECK-NOT: linalg.generic
func.func @scale_rows(%x: memref<64x136xf32>, %s: memref<64xf32>, %o: memref<64x136xf32>) {
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<64x136xf32>, memref<64xf32>) outs(%o : memref<64x136xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %1 = arith.mulf %a, %b : f32
    linalg.yield %1 : f32
  }
  return
}

// Along a row the lanes are partial maxima; NaN is what leaves any other number alone.
// CHECK-LABEL: func.func @row_maximum
// CHECK: %[[NAN:.*]] = arith.constant dense<0x7FC00000> : vector<32xf32>
// CHECK: %[[P:.*]] = scf.for {{.*}} iter_args(%[[ACC:.*]] = %[[NAN]])
// CHECK: arith.maxnumf %[[ACC]]
// CHECK: vector.reduction <maxnumf>, %[[P]]
func.func @row_maximum(%x: memref<64x128xf32>, %o: memref<64xf32>) {
  linalg.reduce { arith.maxnumf } ins(%x : memref<64x128xf32>) outs(%o : memref<64xf32>) dimensions = [1]
  return
}

// A copy of unknown size: whole vectors, then a masked one.
// CHECK-LABEL: func.func @copy
// CHECK: scf.for
// CHECK: vector.load
// CHECK: scf.if
// CHECK: vector.maskedload
// CHECK: vector.maskedstore
// CHECK-NOT: memref.copy
func.func @copy(%x: memref<?xf32>, %o: memref<?xf32>) {
  memref.copy %x, %o : memref<?xf32> to memref<?xf32>
  return
}

// The accumulators of a product are carried by the loop over k.
// CHECK-LABEL: func.func @product
// CHECK: scf.for {{.*}} iter_args({{(%[^ ]+ = %[^ ]+, ){7}%[^ ]+ = %[^ ]+}})
// CHECK-NOT: vector.store
// CHECK-COUNT-64: vector.fma
// CHECK: scf.yield
// CHECK-COUNT-8: vector.store
func.func @product(%a: memref<8x64xf32>, %b: memref<64x16xf32>, %c: memref<8x16xf32>) {
  linalg.matmul ins(%a, %b : memref<8x64xf32>, memref<64x16xf32>) outs(%c : memref<8x16xf32>)
  return
}

// Memory accessed by a payload: a run of elements where the address counts up, else a gather; a lane
// whose condition is false touches nothing.
// CHECK-LABEL: func.func @guarded
//       CHECK:   scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step
//       CHECK:     %[[HOLDS:.*]] = arith.cmpi ne
//       CHECK:     %[[LOADED:.*]] = vector.maskedload %{{.*}}[%{{.*}}], %[[HOLDS]]
//       CHECK:     arith.select %[[HOLDS]], %[[LOADED]], %{{.*}}
//       CHECK:     vector.gather
//       CHECK:     vector.maskedstore %{{.*}}[%{{.*}}], %[[HOLDS]]
func.func @guarded(%i: memref<64xi32>, %t: memref<?xf32>, %first: index) {
  %zero = arith.constant 0 : i32
  %other = arith.constant 5.0 : f32
  linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%i : memref<64xi32>) {
  ^bb0(%a: i32):
    %n = linalg.index 0 : index
    %at = arith.addi %n, %first : index
    %holds = arith.cmpi ne, %a, %zero : i32
    %x = scf.if %holds -> (f32) {
      %1 = memref.load %t[%at] : memref<?xf32>
      scf.yield %1 : f32
    } else {
      scf.yield %other : f32
    }
    %place = arith.index_cast %a : i32 to index
    %y = memref.load %t[%place] : memref<?xf32>
    %sum = arith.addf %x, %y : f32
    scf.if %holds {
      memref.store %sum, %t[%at] : memref<?xf32>
    }
    linalg.yield
  }
  return
}

// A mask that holds up to n: the vectors before it are loaded without one.
// CHECK-LABEL: func.func @masked
//       CHECK:   %[[REST:.*]] = arith.remui
//       CHECK:   %[[SPLIT:.*]] = arith.subi %{{.*}}, %[[REST]] : index
//       CHECK:   scf.for %[[I:.*]] = %{{.*}} to %[[SPLIT]]
//   CHECK-NOT:     mask
//       CHECK:     %[[V:.*]] = vector.load %arg0[%[[I]]]
//       CHECK:     vector.store %[[V]]
//       CHECK:   scf.for %{{.*}} = %[[SPLIT]] to
//       CHECK:     %[[M:.*]] = arith.cmpi slt, %{{.*}} : vector<32xi32>
//       CHECK:     vector.maskedload %arg0[%{{.*}}], %[[M]]
func.func @masked(%memory: memref<1000xf32>, %n: i32, %out: memref<256xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%out : memref<256xf32>) {
  ^bb0(%o: f32):
    %at = linalg.index 0 : index
    %number = arith.index_cast %at : index to i32
    %inside = arith.cmpi slt, %number, %n : i32
    %v = scf.if %inside -> f32 {
      %read = memref.load %memory[%at] : memref<1000xf32>
      scf.yield %read : f32
    } else {
      scf.yield %zero : f32
    }
    linalg.yield %v : f32
  }
  return
}

// Lanes along a stride that is known at run time only: neighbours where it is 1, else gathered.
// CHECK-LABEL: func.func @unknown_stride
// CHECK: %{{.*}}, %{{.*}}, %{{.*}}, %[[STRIDE:.*]] = memref.extract_strided_metadata
// CHECK: %[[ONE:.*]] = arith.cmpi eq, %[[STRIDE]], %c1
// CHECK: %[[V:.*]] = scf.if %[[ONE]] -> (vector<32xf32>) {
// CHECK: vector.load
// CHECK: } else {
// CHECK: vector.gather
// CHECK: }
// CHECK: vector.store %[[V]]
func.func @unknown_stride(%x: memref<32xf32, strided<[?], offset: ?>>, %o: memref<32xf32>) {
  memref.copy %x, %o : memref<32xf32, strided<[?], offset: ?>> to memref<32xf32>
  return
}
