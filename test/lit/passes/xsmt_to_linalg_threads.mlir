// RUN: smtir opt %s --passes=xsmt-to-linalg --split-input-file | filecheck %s

// The number of threads is what the module says.
// CHECK-LABEL: func.func @four
//       CHECK:   arith.constant 4 : i32
module attributes {tt.num_threads = 4 : i32} {
  tt.func @four() -> i32 {
    %n = xsmt.get_num_of_thread
    tt.return %n : i32
  }
}

// -----

// A module that says nothing has one thread a program; a hint has no meaning here.
// CHECK-LABEL: func.func @one
//   CHECK-NOT:   xsmt.annotation
//       CHECK:   arith.constant 1 : i32
//   CHECK-NOT:   xsmt.annotation
tt.func @one(%x: tensor<4xf32>) -> i32 {
  %n = xsmt.get_num_of_thread
  xsmt.annotation %x {hot} : tensor<4xf32>
  tt.return %n : i32
}
