// RUN: smtir opt %s --passes=vectorize-linalg | filecheck %s

#id = affine_map<(d0) -> (d0)>

// A payload that reads rows and columns of memory by itself runs element by element.
// CHECK-LABEL: func.func @table
// CHECK: scf.for
// CHECK-NOT: vector.
// CHECK: memref.load
// CHECK: memref.store
func.func @table(%i: memref<64xi32>, %t: memref<?x?xf32>, %o: memref<64xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%i : memref<64xi32>) outs(%o : memref<64xf32>) {
  ^bb0(%a: i32, %c: f32):
    %1 = arith.index_cast %a : i32 to index
    %2 = memref.load %t[%1, %1] : memref<?x?xf32>
    linalg.yield %2 : f32
  }
  return
}

// A map that computes with its dimensions is left to upstream's loops.
// CHECK-LABEL: func.func @window_sum
// CHECK: scf.for
// CHECK: scf.for
// CHECK-NOT: vector.
// CHECK: memref.store
func.func @window_sum(%x: memref<66xf32>, %w: memref<3xf32>, %o: memref<64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i + j)>, affine_map<(i, j) -> (j)>,
      affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x, %w : memref<66xf32>, memref<3xf32>) outs(%o : memref<64xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %1 = arith.mulf %a, %b : f32
    %2 = arith.addf %c, %1 : f32
    linalg.yield %2 : f32
  }
  return
}
