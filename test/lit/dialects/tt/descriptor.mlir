// Tensor descriptors read and print as Triton prints them.
//
// RUN: smtir opt %s | filecheck %s
// RUN: smtir opt %s --print-generic | smtir opt - | filecheck %s
// RUN: smtir opt %s --print-generic | filecheck %s --check-prefix=GENERIC

// CHECK-LABEL: tt.func @ops
// GENERIC-LABEL: sym_name = "ops"
tt.func @ops(%p: !tt.ptr<f32>, %i: i32, %l: i64, %rows: tensor<16xi32>, %one: !tt.tensordesc<tensor<1x32xf32>>) {
  // CHECK: tt.make_tensor_descriptor %{{.*}}, [%{{.*}}, %{{.*}}], [%{{.*}}, %{{.*}}] : <f32>, <tensor<16x32xf32>>
  // GENERIC: "tt.make_tensor_descriptor"(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) : (!tt.ptr<f32>, i32, i32, i64, i64) -> !tt.tensordesc<tensor<16x32xf32>>
  %0 = tt.make_tensor_descriptor %p, [%i, %i], [%l, %l] : <f32>, <tensor<16x32xf32>>
  // CHECK: tt.make_tensor_descriptor %{{.*}}, [%{{.*}}], [%{{.*}}] {padding = 2 : i32} : <f32>, <tensor<16xf32>>
  // GENERIC: "tt.make_tensor_descriptor"(%{{.*}}, %{{.*}}, %{{.*}}) {padding = 2 : i32} : (!tt.ptr<f32>, i32, i64) -> !tt.tensordesc<tensor<16xf32>>
  %1 = tt.make_tensor_descriptor %p, [%i], [%l] {padding = 2 : i32} : <f32>, <tensor<16xf32>>
  // CHECK: tt.descriptor_load %{{.*}}[%{{.*}}, %{{.*}}] : !tt.tensordesc<tensor<16x32xf32>> -> tensor<16x32xf32>
  // GENERIC: "tt.descriptor_load"(%{{.*}}, %{{.*}}, %{{.*}}) : (!tt.tensordesc<tensor<16x32xf32>>, i32, i32) -> tensor<16x32xf32>
  %2 = tt.descriptor_load %0[%i, %i] : !tt.tensordesc<tensor<16x32xf32>> -> tensor<16x32xf32>
  // CHECK: tt.descriptor_load %{{.*}}[%{{.*}}, %{{.*}}] cacheModifier = ca evictionPolicy = evict_last : !tt.tensordesc<tensor<16x32xf32>> -> tensor<16x32xf32>
  // GENERIC: "tt.descriptor_load"(%{{.*}}, %{{.*}}, %{{.*}}) {cache = 2 : i32, evict = 3 : i32} : (!tt.tensordesc<tensor<16x32xf32>>, i32, i32) -> tensor<16x32xf32>
  %3 = tt.descriptor_load %0[%i, %i] cacheModifier = ca evictionPolicy = evict_last : !tt.tensordesc<tensor<16x32xf32>> -> tensor<16x32xf32>
  // CHECK: tt.descriptor_store %{{.*}}[%{{.*}}, %{{.*}}], %{{.*}} : !tt.tensordesc<tensor<16x32xf32>>, tensor<16x32xf32>
  // GENERIC: "tt.descriptor_store"(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) : (!tt.tensordesc<tensor<16x32xf32>>, tensor<16x32xf32>, i32, i32) -> ()
  tt.descriptor_store %0[%i, %i], %2 : !tt.tensordesc<tensor<16x32xf32>>, tensor<16x32xf32>
  // CHECK: tt.descriptor_reduce add, %{{.*}}[%{{.*}}, %{{.*}}], %{{.*}} : !tt.tensordesc<tensor<16x32xf32>>, tensor<16x32xf32>
  // GENERIC: "tt.descriptor_reduce"(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) {kind = 1 : i32} : (!tt.tensordesc<tensor<16x32xf32>>, tensor<16x32xf32>, i32, i32) -> ()
  tt.descriptor_reduce add, %0[%i, %i], %2 : !tt.tensordesc<tensor<16x32xf32>>, tensor<16x32xf32>
  // CHECK: tt.descriptor_gather %{{.*}}[%{{.*}}, %{{.*}}] : (!tt.tensordesc<tensor<1x32xf32>>, tensor<16xi32>, i32) -> tensor<16x32xf32>
  // GENERIC: "tt.descriptor_gather"(%{{.*}}, %{{.*}}, %{{.*}}) : (!tt.tensordesc<tensor<1x32xf32>>, tensor<16xi32>, i32) -> tensor<16x32xf32>
  %4 = tt.descriptor_gather %one[%rows, %i] : (!tt.tensordesc<tensor<1x32xf32>>, tensor<16xi32>, i32) -> tensor<16x32xf32>
  // CHECK: tt.descriptor_scatter %{{.*}}[%{{.*}}, %{{.*}}], %{{.*}} : !tt.tensordesc<tensor<1x32xf32>>, tensor<16xi32>, i32, tensor<16x32xf32>
  // GENERIC: "tt.descriptor_scatter"(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) : (!tt.tensordesc<tensor<1x32xf32>>, tensor<16xi32>, i32, tensor<16x32xf32>) -> ()
  tt.descriptor_scatter %one[%rows, %i], %4 : !tt.tensordesc<tensor<1x32xf32>>, tensor<16xi32>, i32, tensor<16x32xf32>
  // CHECK: tt.return
  // GENERIC: "tt.return"()
  tt.return
}

// CHECK-LABEL: tt.func @host
// GENERIC-LABEL: sym_name = "host"
tt.func @host(%p: !tt.ptr<i8>) {
  // CHECK: tt.reinterpret_tensor_descriptor %{{.*}} : !tt.ptr<i8> to !tt.tensordesc<tensor<16x32xf32>>
  // GENERIC: "tt.reinterpret_tensor_descriptor"(%{{.*}}) : (!tt.ptr<i8>) -> !tt.tensordesc<tensor<16x32xf32>>
  %0 = tt.reinterpret_tensor_descriptor %p : !tt.ptr<i8> to !tt.tensordesc<tensor<16x32xf32>>
  tt.return
}
