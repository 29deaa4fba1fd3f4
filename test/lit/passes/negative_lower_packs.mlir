// RUN: smtir opt %s --passes=lower-packs --verify-diagnostics

func.func @unknown_size(%x: tensor<?x?xf32>, %e: tensor<?x?x8x8xf32>) -> tensor<?x?x8x8xf32> {
  // expected-error @+1 {{expected a static shape on the packed side}}
  %r = linalg.pack %x inner_dims_pos = [0, 1] inner_tiles = [8, 8] into %e : tensor<?x?xf32> -> tensor<?x?x8x8xf32>
  return %r : tensor<?x?x8x8xf32>
}
