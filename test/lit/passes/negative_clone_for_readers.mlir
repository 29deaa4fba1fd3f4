// What computes is not done twice, and what only a return reads stays one.
// RUN: smtir opt %s --passes=clone-for-readers | filecheck %s

#row = affine_map<(d0, d1) -> (d1)>
#all = affine_map<(d0, d1) -> (d0, d1)>

// CHECK-LABEL: func.func @computed
// CHECK-COUNT-2: linalg.generic
//   CHECK-NOT: linalg.generic
func.func @computed(%row: tensor<8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %e = tensor.empty() : tensor<4x8xf32>
  %b = linalg.generic {indexing_maps = [#row, #all], iterator_types = ["parallel", "parallel"]}
      ins(%row : tensor<8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %r = math.sqrt %in : f32
    linalg.yield %r : f32
  } -> tensor<4x8xf32>
  %sum = linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%b, %b : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %other: f32, %out: f32):
    %s = arith.addf %in, %other : f32
    linalg.yield %s : f32
  } -> tensor<4x8xf32>
  return %sum, %b : tensor<4x8xf32>, tensor<4x8xf32>
}

// CHECK-LABEL: func.func @returned
// CHECK-COUNT-1: linalg.generic
//   CHECK-NOT: linalg.generic
func.func @returned(%row: tensor<8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %e = tensor.empty() : tensor<4x8xf32>
  %b = linalg.generic {indexing_maps = [#row, #all], iterator_types = ["parallel", "parallel"]}
      ins(%row : tensor<8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<4x8xf32>
  return %b, %b : tensor<4x8xf32>, tensor<4x8xf32>
}

#line = affine_map<(d0) -> (d0)>

// An address that is data would be looked up for each reader.
// CHECK-LABEL: func.func @looked_up
// CHECK-COUNT-2: memref.load
//   CHECK-NOT: memref.load
func.func @looked_up(%memory: memref<100xf32>, %places: memref<8xindex>, %start: tensor<f32>)
    -> (tensor<f32>, tensor<f32>) {
  %e = tensor.empty() : tensor<8xf32>
  %x = linalg.generic {indexing_maps = [#line], iterator_types = ["parallel"]} outs(%e : tensor<8xf32>) {
  ^bb0(%o: f32):
    %at = linalg.index 0 : index
    %place = memref.load %places[%at] : memref<8xindex>
    %v = memref.load %memory[%place] : memref<100xf32>
    linalg.yield %v : f32
  } -> tensor<8xf32>
  %m = linalg.reduce { arith.maxnumf } ins(%x : tensor<8xf32>) outs(%start : tensor<f32>) dimensions = [0]
  %s = linalg.reduce { arith.addf } ins(%x : tensor<8xf32>) outs(%start : tensor<f32>) dimensions = [0]
  return %m, %s : tensor<f32>, tensor<f32>
}
