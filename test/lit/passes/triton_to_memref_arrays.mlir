// RUN: smtir opt %s --passes=triton-to-memref --split-input-file | filecheck %s

// Arguments share no memory: what is loaded is read where it is used, after the store.

// CHECK-LABEL: tt.func public @reverse(
// CHECK-SAME: smtir.apart = [array<i64: 0, 1>]
// CHECK-NOT: memref.copy
module attributes {smtir.arrays = "apart"} {
  tt.func public @reverse(%a: !tt.ptr<f32>, %b: !tt.ptr<f32>) {
    %range = tt.make_range {end = 16 : i32, start = 0 : i32} : tensor<16xi32>
    %last = arith.constant dense<15> : tensor<16xi32>
    %backwards = arith.subi %last, %range : tensor<16xi32>
    %bs = tt.splat %b : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
    %from = tt.addptr %bs, %range : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
    %value = tt.load %from : tensor<16x!tt.ptr<f32>>
    %as = tt.splat %a : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
    %to = tt.addptr %as, %backwards : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
    tt.store %to, %value : tensor<16x!tt.ptr<f32>>
    tt.return
  }
}

// -----

// They may be the same array, which is the default.

// CHECK-LABEL: tt.func public @reverse(
// CHECK-NOT: smtir.apart
// CHECK: memref.copy
module {
  tt.func public @reverse(%a: !tt.ptr<f32>, %b: !tt.ptr<f32>) {
    %range = tt.make_range {end = 16 : i32, start = 0 : i32} : tensor<16xi32>
    %last = arith.constant dense<15> : tensor<16xi32>
    %backwards = arith.subi %last, %range : tensor<16xi32>
    %bs = tt.splat %b : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
    %from = tt.addptr %bs, %range : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
    %value = tt.load %from : tensor<16x!tt.ptr<f32>>
    %as = tt.splat %a : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
    %to = tt.addptr %as, %backwards : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
    tt.store %to, %value : tensor<16x!tt.ptr<f32>>
    tt.return
  }
}

// -----

// The same elements are read and written: one array or two make no difference.

// CHECK-LABEL: tt.func public @in_place(
// CHECK-NOT: smtir.apart
// CHECK-NOT: memref.copy
module attributes {smtir.arrays = "same"} {
  tt.func public @in_place(%a: !tt.ptr<f32>, %b: !tt.ptr<f32>) {
    %range = tt.make_range {end = 16 : i32, start = 0 : i32} : tensor<16xi32>
    %bs = tt.splat %b : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
    %from = tt.addptr %bs, %range : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
    %value = tt.load %from : tensor<16x!tt.ptr<f32>>
    %as = tt.splat %a : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
    %to = tt.addptr %as, %range : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
    tt.store %to, %value : tensor<16x!tt.ptr<f32>>
    tt.return
  }
}
