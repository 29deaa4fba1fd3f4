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

// The names of operations, as spine-triton writes them.  An exponent may be an integer there.
// CHECK-LABEL: func @named_after_operations
//       CHECK:   math.exp
//       CHECK:   %[[E:.*]] = arith.sitofp
//       CHECK:   math.powf %{{.*}}, %[[E]]
//       CHECK:   math.absi
tt.func @named_after_operations(%x: tensor<16xf32>, %n: tensor<16xi32>) -> (tensor<16xf32>, tensor<16xi32>) {
  %a = tt.extern_elementwise %x {libname = "", libpath = "", pure = true, symbol = "linalg.exp"} : (tensor<16xf32>) -> tensor<16xf32>
  %b = tt.extern_elementwise %a, %n {libname = "", libpath = "", pure = true, symbol = "linalg.powf"} : (tensor<16xf32>, tensor<16xi32>) -> tensor<16xf32>
  %c = tt.extern_elementwise %n {libname = "", libpath = "", pure = true, symbol = "linalg.abs"} : (tensor<16xi32>) -> tensor<16xi32>
  tt.return %b, %c : tensor<16xf32>, tensor<16xi32>
}

// CHECK-LABEL: func @flags
//       CHECK:   arith.cmpf uno
//       CHECK:   arith.extui {{.*}} : tensor<16xi1> to tensor<16xi32>
tt.func @flags(%x: tensor<16xf32>) -> tensor<16xi32> {
  %a = tt.extern_elementwise %x {libname = "", libpath = "", pure = true, symbol = "math.isnan"} : (tensor<16xf32>) -> tensor<16xi32>
  tt.return %a : tensor<16xi32>
}

// What no operation is becomes several, of f16 in f32.
// CHECK-LABEL: func @composed
//       CHECK:   arith.extf {{.*}} : tensor<16xf16> to tensor<16xf32>
//       CHECK:   math.exp
//       CHECK:   arith.divf
//       CHECK:   arith.truncf {{.*}} : tensor<16xf32> to tensor<16xf16>
//       CHECK:   math.erf
tt.func @composed(%x: tensor<16xf16>) -> tensor<16xf16> {
  %a = tt.extern_elementwise %x {libname = "", libpath = "", pure = true, symbol = "linalg.silu"} : (tensor<16xf16>) -> tensor<16xf16>
  %b = tt.extern_elementwise %a {libname = "", libpath = "", pure = true, symbol = "linalg.gelu_none"} : (tensor<16xf16>) -> tensor<16xf16>
  tt.return %b : tensor<16xf16>
}
