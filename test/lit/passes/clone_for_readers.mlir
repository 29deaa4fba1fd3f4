// Each lane-wise reader has a broadcast of its own, which the fusion then makes disappear.
// RUN: smtir opt %s --passes=clone-for-readers | filecheck %s
// RUN: smtir opt %s --passes=clone-for-readers,linalg-fuse-elementwise-ops | filecheck %s --check-prefix=FUSED

#row = affine_map<(d0, d1) -> (d1)>
#all = affine_map<(d0, d1) -> (d0, d1)>

// CHECK-LABEL: func.func @twice
//       CHECK:   %[[ONE:.*]] = linalg.generic {{.*}} ins(%arg0 : tensor<8xf32>)
//       CHECK:   %[[OTHER:.*]] = linalg.generic {{.*}} ins(%arg0 : tensor<8xf32>)
//       CHECK:   linalg.generic {{.*}} ins(%[[OTHER]], %arg1
//       CHECK:   linalg.generic {{.*}} ins(%[[ONE]], %arg1
// FUSED-LABEL: func.func @twice
// FUSED-COUNT-2: linalg.generic {{.*}} ins(%arg0, %arg1
//   FUSED-NOT: linalg.generic
func.func @twice(%row: tensor<8xf32>, %x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %e = tensor.empty() : tensor<4x8xf32>
  %b = linalg.generic {indexing_maps = [#row, #all], iterator_types = ["parallel", "parallel"]}
      ins(%row : tensor<8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<4x8xf32>
  %sum = linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%b, %x : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %other: f32, %out: f32):
    %s = arith.addf %in, %other : f32
    linalg.yield %s : f32
  } -> tensor<4x8xf32>
  %product = linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%b, %x : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %other: f32, %out: f32):
    %p = arith.mulf %in, %other : f32
    linalg.yield %p : f32
  } -> tensor<4x8xf32>
  return %sum, %product : tensor<4x8xf32>, tensor<4x8xf32>
}

#line = affine_map<(d0) -> (d0)>

// Elements read from memory are read again where they are used.
// CHECK-LABEL: func.func @read
// CHECK-COUNT-2: memref.load
//       CHECK:   linalg.reduce
// FUSED-LABEL: func.func @read
func.func @read(%memory: memref<100xf32>, %n: i32, %start: tensor<f32>) -> (tensor<8xf32>, tensor<f32>) {
  %e = tensor.empty() : tensor<8xf32>
  %zero = arith.constant 0.0 : f32
  %x = linalg.generic {indexing_maps = [#line], iterator_types = ["parallel"]} outs(%e : tensor<8xf32>) {
  ^bb0(%o: f32):
    %at = linalg.index 0 : index
    %number = arith.index_cast %at : index to i32
    %inside = arith.cmpi slt, %number, %n : i32
    %v = scf.if %inside -> f32 {
      %read = memref.load %memory[%at] : memref<100xf32>
      scf.yield %read : f32
    } else {
      scf.yield %zero : f32
    }
    linalg.yield %v : f32
  } -> tensor<8xf32>
  %m = linalg.reduce { arith.maxnumf } ins(%x : tensor<8xf32>) outs(%start : tensor<f32>) dimensions = [0]
  %r = linalg.generic {indexing_maps = [#line, #line], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %root = math.sqrt %a : f32
    linalg.yield %root : f32
  } -> tensor<8xf32>
  return %r, %m : tensor<8xf32>, tensor<f32>
}
