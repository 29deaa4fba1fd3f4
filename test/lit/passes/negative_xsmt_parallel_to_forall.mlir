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

// -----

// Iterations that keep their order cannot wait for one another.
func.func private @smtir_barrier_wait(i64, i64)
func.func @ordered(%x: tensor<64x64xf32>, %t: tensor<32x64xf32>, %c: i1, %bar: i64) -> tensor<64x64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0 : i64
  // expected-error @+1 {{the iterations of this smt.parallel loop wait for a barrier, so they must run at once: a branch or an inner loop updates a window}}
  %r = scf.for %i = %c0 to %c2 step %c1 iter_args(%acc = %x) -> (tensor<64x64xf32>) {
    func.call @smtir_barrier_wait(%bar, %zero) : (i64, i64) -> ()
    %n = scf.if %c -> (tensor<64x64xf32>) {
      %m = tensor.insert_slice %t into %acc[%i, 0] [32, 64] [1, 1] : tensor<32x64xf32> into tensor<64x64xf32>
      scf.yield %m : tensor<64x64xf32>
    } else {
      scf.yield %acc : tensor<64x64xf32>
    }
    scf.yield %n : tensor<64x64xf32>
  } {bind_sub_block = true}
  return %r : tensor<64x64xf32>
}
