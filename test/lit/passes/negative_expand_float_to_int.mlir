// RUN: smtir opt %s --passes=expand-float-to-int --split-input-file | filecheck %s

// A scalar's instruction works.
module attributes {smtir.target = {name = "k1"}} {
  // CHECK-LABEL: func.func @scalar(
  // CHECK: arith.fptosi
  func.func @scalar(%x: f32) -> i32 {
    %y = arith.fptosi %x : f32 to i32
    return %y : i32
  }
}

// -----

// Other processors have no such fault.
module attributes {smtir.target = {name = "host"}} {
  // CHECK-LABEL: func.func @host(
  // CHECK: arith.fptosi
  // CHECK: math.trunc
  func.func @host(%x: vector<8xf32>) -> (vector<8xi32>, vector<8xf32>) {
    %y = arith.fptosi %x : vector<8xf32> to vector<8xi32>
    %z = math.trunc %x : vector<8xf32>
    return %y, %z : vector<8xi32>, vector<8xf32>
  }
}
