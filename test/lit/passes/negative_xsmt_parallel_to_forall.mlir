// RUN: smtir opt %s --passes=xsmt-parallel-to-forall --split-input-file --verify-diagnostics

func.func @sum(%x: f32) -> f32 {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c2 = arith.constant 2 : i32
  %r = scf.for %i = %c0 to %c2 step %c1 iter_args(%acc = %x) -> (f32) : i32 {
    // expected-error @+1 {{the smt.parallel loop carries a value from one iteration to the next: its new value is not an update of a window}}
    %n = arith.addf %acc, %x : f32
    scf.yield %n : f32
  } {bind_sub_block = true}
  return %r : f32
}

// -----

func.func @overlap(%x: tensor<64x64xf32>, %t: tensor<32x64xf32>) -> tensor<64x64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %r = scf.for %i = %c0 to %c2 step %c1 iter_args(%acc = %x) -> (tensor<64x64xf32>) {
    // expected-error @+1 {{windows of different iterations can overlap}}
    %n = tensor.insert_slice %t into %acc[%i, 0] [32, 64] [1, 1] : tensor<32x64xf32> into tensor<64x64xf32>
    scf.yield %n : tensor<64x64xf32>
  } {bind_sub_block = true}
  return %r : tensor<64x64xf32>
}
