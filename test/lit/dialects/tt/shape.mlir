// Operations that make or reshape tensors read and print as Triton prints them.
//
// RUN: smtir opt %s | filecheck %s
// RUN: smtir opt %s --print-generic | smtir opt - | filecheck %s
// RUN: smtir opt %s --print-generic | filecheck %s --check-prefix=GENERIC

// CHECK-LABEL: tt.func @ops
// GENERIC-LABEL: sym_name = "ops"
tt.func @ops(%f: f32, %p: !tt.ptr<f32>, %x: tensor<64xf32>, %y: tensor<64x32xf32>, %c: tensor<64x1xf32>, %o: tensor<1xf32>, %n: tensor<64xi32>, %m: tensor<64xi1>) {
  // CHECK: tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  // GENERIC: "tt.make_range"() {end = 64 : i32, start = 0 : i32} : () -> tensor<64xi32>
  %0 = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  // CHECK: tt.splat %{{.*}} : f32 -> tensor<64x32xf32>
  // GENERIC: "tt.splat"(%{{.*}}) : (f32) -> tensor<64x32xf32>
  %1 = tt.splat %f : f32 -> tensor<64x32xf32>
  // CHECK: tt.splat %{{.*}} : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  // GENERIC: "tt.splat"(%{{.*}}) : (!tt.ptr<f32>) -> tensor<64x!tt.ptr<f32>>
  %2 = tt.splat %p : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  // CHECK: tt.unsplat %{{.*}} : tensor<1xf32>
  // GENERIC: "tt.unsplat"(%{{.*}}) : (tensor<1xf32>) -> f32
  %3 = tt.unsplat %o : tensor<1xf32>
  // CHECK: tt.broadcast %{{.*}} : tensor<64x1xf32> -> tensor<64x32xf32>
  // GENERIC: "tt.broadcast"(%{{.*}}) : (tensor<64x1xf32>) -> tensor<64x32xf32>
  %4 = tt.broadcast %c : tensor<64x1xf32> -> tensor<64x32xf32>
  // CHECK: tt.expand_dims %{{.*}} {axis = 1 : i32} : tensor<64xf32> -> tensor<64x1xf32>
  // GENERIC: "tt.expand_dims"(%{{.*}}) {axis = 1 : i32} : (tensor<64xf32>) -> tensor<64x1xf32>
  %5 = tt.expand_dims %x {axis = 1 : i32} : tensor<64xf32> -> tensor<64x1xf32>
  // CHECK: tt.reshape %{{.*}} : tensor<64x32xf32> -> tensor<2048xf32>
  // GENERIC: "tt.reshape"(%{{.*}}) : (tensor<64x32xf32>) -> tensor<2048xf32>
  %6 = tt.reshape %y : tensor<64x32xf32> -> tensor<2048xf32>
  // CHECK: tt.reshape %{{.*}} allow_reorder efficient_layout : tensor<64x32xf32> -> tensor<32x64xf32>
  // GENERIC: "tt.reshape"(%{{.*}}) {allow_reorder, efficient_layout} : (tensor<64x32xf32>) -> tensor<32x64xf32>
  %7 = tt.reshape %y allow_reorder efficient_layout : tensor<64x32xf32> -> tensor<32x64xf32>
  // CHECK: tt.trans %{{.*}} {order = array<i32: 1, 0>} : tensor<64x32xf32> -> tensor<32x64xf32>
  // GENERIC: "tt.trans"(%{{.*}}) {order = array<i32: 1, 0>} : (tensor<64x32xf32>) -> tensor<32x64xf32>
  %8 = tt.trans %y {order = array<i32: 1, 0>} : tensor<64x32xf32> -> tensor<32x64xf32>
  // CHECK: tt.cat %{{.*}}, %{{.*}} : tensor<64xf32> -> tensor<128xf32>
  // GENERIC: "tt.cat"(%{{.*}}, %{{.*}}) : (tensor<64xf32>, tensor<64xf32>) -> tensor<128xf32>
  %9 = tt.cat %x, %x : tensor<64xf32> -> tensor<128xf32>
  // CHECK: tt.join %{{.*}}, %{{.*}} : tensor<64xf32> -> tensor<64x2xf32>
  // GENERIC: "tt.join"(%{{.*}}, %{{.*}}) : (tensor<64xf32>, tensor<64xf32>) -> tensor<64x2xf32>
  %10 = tt.join %x, %x : tensor<64xf32> -> tensor<64x2xf32>
  // CHECK: tt.split %{{.*}} : tensor<64x2xf32> -> tensor<64xf32>
  // GENERIC: "tt.split"(%{{.*}}) : (tensor<64x2xf32>) -> (tensor<64xf32>, tensor<64xf32>)
  %a, %b = tt.split %10 : tensor<64x2xf32> -> tensor<64xf32>
  // CHECK: tt.gather %{{.*}}[%{{.*}}] {axis = 0 : i32} : (tensor<64xf32>, tensor<64xi32>) -> tensor<64xf32>
  // GENERIC: "tt.gather"(%{{.*}}, %{{.*}}) {axis = 0 : i32} : (tensor<64xf32>, tensor<64xi32>) -> tensor<64xf32>
  %11 = tt.gather %x[%n] {axis = 0 : i32} : (tensor<64xf32>, tensor<64xi32>) -> tensor<64xf32>
  // CHECK: tt.histogram %{{.*}} : tensor<64xi32> -> tensor<32xi32>
  // GENERIC: "tt.histogram"(%{{.*}}) : (tensor<64xi32>) -> tensor<32xi32>
  %12 = tt.histogram %n : tensor<64xi32> -> tensor<32xi32>
  // CHECK: tt.histogram %{{.*}}, %{{.*}} : tensor<64xi32> -> tensor<32xi32>
  // GENERIC: "tt.histogram"(%{{.*}}, %{{.*}}) : (tensor<64xi32>, tensor<64xi1>) -> tensor<32xi32>
  %13 = tt.histogram %n, %m : tensor<64xi32> -> tensor<32xi32>
  // CHECK: tt.return
  // GENERIC: "tt.return"()
  tt.return
}
