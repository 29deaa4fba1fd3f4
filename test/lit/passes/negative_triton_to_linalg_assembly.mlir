// RUN: smtir opt %s --passes=triton-to-linalg --verify-diagnostics

tt.func @assembly(%x: tensor<64xi32>) -> tensor<64xi32> {
  // expected-error @below {{inline assembly is for GPUs and cannot run on this machine: 'mov $0, $1;'}}
  %y = tt.elementwise_inline_asm "mov $0, $1;" {constraints = "=r,r", packed_element = 1 : i32, pure = true} %x : tensor<64xi32> -> tensor<64xi32>
  tt.return %y : tensor<64xi32>
}
