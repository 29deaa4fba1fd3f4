// RUN: smtir opt %s --passes=expand-math --verify-diagnostics

module attributes {smtir.target = {name = "k1", vector_bits = 256 : i32}} {
  func.func @no_library(%x: vector<4xf64>, %n: vector<4xi32>) -> vector<4xf64> {
    // expected-error @unknown {{math.fpowi has no expansion, and code for k1 calls no C library}}
    %y = math.fpowi %x, %n : vector<4xf64>, vector<4xi32> loc("kernel.py":12:9)
    return %y : vector<4xf64>
  }
}
