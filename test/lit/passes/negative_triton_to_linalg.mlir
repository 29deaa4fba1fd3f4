// RUN: smtir opt %s --passes=triton-to-linalg | filecheck %s

// A function that no library has: the operation stays, for the check of the stage to name it.
// CHECK-LABEL: func @unknown
//       CHECK:   tt.extern_elementwise
tt.func @unknown(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = tt.extern_elementwise %x {libname = "libm", libpath = "", pure = true, symbol = "no_such"}
    : (tensor<8xf32>) -> tensor<8xf32>
  tt.return %y : tensor<8xf32>
}

// -----

// CHECK-LABEL: func @mapped_in_threes
//       CHECK:   tt.map_elementwise
tt.func @mapped_in_threes(%x: tensor<16xi32>) -> tensor<16xi32> {
  %r = "tt.map_elementwise"(%x) <{pack = 3 : i32}> ({
  ^bb0(%a: i32, %b: i32, %c: i32):
    tt.map_elementwise.return %b, %a, %c : i32, i32, i32
  }) : (tensor<16xi32>) -> tensor<16xi32>
  tt.return %r : tensor<16xi32>
}
