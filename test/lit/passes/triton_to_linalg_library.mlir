// RUN: smtir opt %s --passes=triton-to-linalg | filecheck %s

// The names of GPU libraries mean the same functions.
// CHECK-LABEL: func @library
//       CHECK:   math.tanh
//       CHECK:   math.powf
//       CHECK:   tt.extern_elementwise {{.*}}"j0"
tt.func @library(%x: tensor<16xf32>) -> tensor<16xf32> {
  %a = tt.extern_elementwise %x {libname = "", libpath = "", pure = true, symbol = "__nv_tanhf"} : (tensor<16xf32>) -> tensor<16xf32>
  %b = tt.extern_elementwise %a, %x {libname = "", libpath = "", pure = true, symbol = "pow"} : (tensor<16xf32>, tensor<16xf32>) -> tensor<16xf32>
  %c = tt.extern_elementwise %b {libname = "", libpath = "", pure = true, symbol = "j0"} : (tensor<16xf32>) -> tensor<16xf32>
  tt.return %c : tensor<16xf32>
}

// CHECK-LABEL: func @bits
//       CHECK:   math.ctlz
//       CHECK:   math.ctpop
tt.func @bits(%x: tensor<16xi64>) -> tensor<16xi64> {
  %a = tt.extern_elementwise %x {libname = "libm", libpath = "", pure = true, symbol = "clz"} : (tensor<16xi64>) -> tensor<16xi64>
  %b = tt.extern_elementwise %a {libname = "libm", libpath = "", pure = true, symbol = "popc"} : (tensor<16xi64>) -> tensor<16xi64>
  tt.return %b : tensor<16xi64>
}
