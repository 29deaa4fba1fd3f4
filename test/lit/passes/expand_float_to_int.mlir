// RUN: smtir opt %s --passes=expand-float-to-int | filecheck %s

module attributes {smtir.target = {name = "k1"}} {
  // CHECK-LABEL: func.func @signed(
  // CHECK-SAME: %[[X:.*]]: vector<8xf32>
  // CHECK: %[[WIDE:.*]] = arith.extf %[[X]] : vector<8xf32> to vector<8xf64>
  // CHECK: math.floor
  // CHECK: %[[NUMBER:.*]] = arith.select
  // CHECK: arith.trunci %[[NUMBER]] : vector<8xi64> to vector<8xi32>
  func.func @signed(%x: vector<8xf32>) -> vector<8xi32> {
    %y = arith.fptosi %x : vector<8xf32> to vector<8xi32>
    return %y : vector<8xi32>
  }

  // CHECK-LABEL: func.func @wide(
  // CHECK-NOT: arith.fptoui
  // CHECK-COUNT-2: math.floor
  // CHECK: arith.shli
  // CHECK: arith.ori
  // CHECK-NOT: arith.select
  func.func @wide(%x: vector<4xf64>) -> vector<4xi64> {
    %y = arith.fptoui %x : vector<4xf64> to vector<4xi64>
    return %y : vector<4xi64>
  }

  // CHECK-LABEL: func.func @cut(
  // CHECK: math.floor
  // CHECK: math.copysign
  func.func @cut(%x: vector<8xf32>) -> vector<8xf32> {
    %y = math.trunc %x : vector<8xf32>
    return %y : vector<8xf32>
  }
}
