// RUN: smtir opt %s --passes=expand-math --verify-diagnostics

module attributes {smtir.target = {name = "k1", vector_bits = 256 : i32}} {
  func.func @no_library(%x: vector<4xf64>) -> vector<4xf64> {
    // expected-error @unknown {{math.erf has no f64 expansion, and code for k1 calls no C library}}
    %y = math.erf %x : vector<4xf64> loc("kernel.py":12:9)
    return %y : vector<4xf64>
  }
}
