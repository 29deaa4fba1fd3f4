// Views through block pointers, and buffers of the kernel. Single brackets are read too.
//
// RUN: smtir opt %s | filecheck %s
// RUN: smtir opt %s --print-generic | smtir opt - | filecheck %s
// RUN: smtir opt %s --print-generic | filecheck %s --check-prefix=GENERIC

// CHECK-LABEL: tt.func @ops
// GENERIC-LABEL: sym_name = "ops"
tt.func @ops(%i: i32, %l: i64, %p: !tt.ptr<tensor<64x64xf32>>, %pp: !tt.ptr<tensor<4x4x8x16xf32>>) {
  // CHECK: xsmt.subview %{{.*}}, [%{{.*}}, %{{.*}}], {{\[\[}}32, 32]] : <tensor<64x64xf32>> -> <tensor<32x32xf32>>
  // GENERIC: "xsmt.subview"(%{{.*}}, %{{.*}}, %{{.*}}) {shape = array<i32: 32, 32>} : (!tt.ptr<tensor<64x64xf32>>, i32, i32) -> !tt.ptr<tensor<32x32xf32>>
  %0 = xsmt.subview %p, [%i, %i], [[32, 32]] : <tensor<64x64xf32>> -> <tensor<32x32xf32>>
  // CHECK: xsmt.subview %{{.*}}, [%{{.*}}, %{{.*}}], {{\[\[}}16, 32]] : <tensor<4x4x8x16xf32>> -> <tensor<2x2x8x16xf32>>
  // GENERIC: "xsmt.subview"(%{{.*}}, %{{.*}}, %{{.*}}) {shape = array<i32: 16, 32>} : (!tt.ptr<tensor<4x4x8x16xf32>>, i32, i32) -> !tt.ptr<tensor<2x2x8x16xf32>>
  %1 = xsmt.subview %pp, [%i, %i], [16, 32] : !tt.ptr<tensor<4x4x8x16xf32>> -> !tt.ptr<tensor<2x2x8x16xf32>>
  // CHECK: xsmt.subview_pack %{{.*}}, [%{{.*}}, %{{.*}}], {{\[\[}}32, 32]], {{\[\[}}8, 16]] : <tensor<64x64xf32>> -> <tensor<4x2x8x16xf32>>
  // GENERIC: "xsmt.subview_pack"(%{{.*}}, %{{.*}}, %{{.*}}) {packed_size = array<i32: 8, 16>, shape = array<i32: 32, 32>} : (!tt.ptr<tensor<64x64xf32>>, i32, i32) -> !tt.ptr<tensor<4x2x8x16xf32>>
  %2 = xsmt.subview_pack %p, [%i, %i], [[32, 32]], [[8, 16]] : <tensor<64x64xf32>> -> <tensor<4x2x8x16xf32>>
  // CHECK: xsmt.descriptor_load_view %{{.*}}, [%{{.*}}, %{{.*}}], {{\[\[}}32, 32]], {{\[\[}}8, 16]] : <tensor<64x64xf32>> -> tensor<4x2x8x16xf32>
  // GENERIC: "xsmt.descriptor_load_view"(%{{.*}}, %{{.*}}, %{{.*}}) {packed_size = array<i32: 8, 16>, shape = array<i32: 32, 32>} : (!tt.ptr<tensor<64x64xf32>>, i64, i64) -> tensor<4x2x8x16xf32>
  %3 = xsmt.descriptor_load_view %p, [%l, %l], [[32, 32]], [[8, 16]] : <tensor<64x64xf32>> -> tensor<4x2x8x16xf32>
  // CHECK: xsmt.alloc{{\[\[}}64, 32]] storage("l2") : <tensor<64x32xf32>>
  // GENERIC: "xsmt.alloc"() {shape = array<i32: 64, 32>, storage = "l2"} : () -> !tt.ptr<tensor<64x32xf32>>
  %4 = xsmt.alloc[[64, 32]] storage("l2") : <tensor<64x32xf32>>
  // CHECK: xsmt.alloc{{\[\[}}64, 32]], {{\[\[}}8, 16]] : tensor<8x2x8x16xf32>
  // GENERIC: "xsmt.alloc"() {micro_size = array<i32: 8, 16>, shape = array<i32: 64, 32>} : () -> tensor<8x2x8x16xf32>
  %5 = xsmt.alloc [64, 32], [8, 16] : tensor<8x2x8x16xf32>
  // CHECK: xsmt.alloc_copies{{\[\[}}2, 64, 32]] storage("l2") : !xsmt.buffer<shape=[2, 64, 32], elementType=f32, copies=2, storageKind="l2">
  // GENERIC: "xsmt.alloc_copies"() {shape = array<i64: 2, 64, 32>, storage = "l2"} : () -> !xsmt.buffer<shape=[2, 64, 32], elementType=f32, copies=2, storageKind="l2">
  %6 = xsmt.alloc_copies[[2, 64, 32]] storage("l2") : !xsmt.buffer<shape=[2, 64, 32], elementType=f32, copies=2, storageKind="l2">
  // CHECK: xsmt.buffer_tensor_view %{{.*}}[%{{.*}}] : <shape=[2, 64, 32], elementType=f32, copies=2, storageKind="l2"> -> <tensor<64x32xf32>>
  // GENERIC: "xsmt.buffer_tensor_view"(%{{.*}}, %{{.*}}) : (!xsmt.buffer<shape=[2, 64, 32], elementType=f32, copies=2, storageKind="l2">, i32) -> !tt.ptr<tensor<64x32xf32>>
  %7 = xsmt.buffer_tensor_view %6[%i] : <shape=[2, 64, 32], elementType=f32, copies=2, storageKind="l2"> -> <tensor<64x32xf32>>
  // CHECK: tt.return
  // GENERIC: "tt.return"()
  tt.return
}
