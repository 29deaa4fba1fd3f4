// RUN: smtir opt %s --passes=expand-math --split-input-file | filecheck %s

// What the processor has an instruction for stays, and so does what has no expansion.
// CHECK-LABEL: func.func @stay
//       CHECK:   math.sqrt
//       CHECK:   math.floor
//       CHECK:   math.fpowi
//       CHECK:   math.tanh %{{.*}} : vector<8xf128>
func.func @stay(%x: f32, %n: i32, %z: vector<8xf128>) -> (f32, vector<8xf128>) {
  %a = math.sqrt %x : f32
  %b = math.floor %a : f32
  %c = math.fpowi %b, %n : f32, i32
  %d = math.tanh %z : vector<8xf128>
  return %c, %d : f32, vector<8xf128>
}

// -----

// Tensors are vectorized first.
// CHECK-LABEL: func.func @tensor
//       CHECK:   math.exp %{{.*}} : tensor<8xf32>
func.func @tensor(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = math.exp %x : tensor<8xf32>
  return %y : tensor<8xf32>
}
