// RUN: smtir opt %s --passes=widen-i1-tensors --verify-diagnostics

func.func @nibbles(%n: index) -> tensor<?xi4> {
  // expected-error @+1 {{tensor.empty works on tensor<?xi4>: elements narrower than a byte have no address}}
  %e = tensor.empty(%n) : tensor<?xi4>
  return %e : tensor<?xi4>
}
