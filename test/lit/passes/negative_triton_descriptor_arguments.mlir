// RUN: smtir opt %s --passes=triton-descriptor-arguments --split-input-file --verify-diagnostics

// expected-error @below {{expected i32, i32, i64, i64 (sizes and strides) behind the descriptor, got i32, i64, i32}}
tt.func @too_few(%d: !tt.tensordesc<tensor<16x32xf32>>, %m: i32, %s: i64, %x: i32) {
  tt.return
}

// -----

// expected-error @below {{got nothing}}
tt.func @alone(%d: !tt.tensordesc<tensor<16xf32>>) {
  tt.return
}
