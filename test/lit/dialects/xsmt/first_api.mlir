// Operations of the first generation of the language, as in old dumps.
//
// RUN: smtir opt %s | filecheck %s
// RUN: smtir opt %s --print-generic | smtir opt - | filecheck %s
// RUN: smtir opt %s --print-generic | filecheck %s --check-prefix=GENERIC

// CHECK-LABEL: tt.func @ops
// GENERIC-LABEL: sym_name = "ops"
tt.func @ops(%i: i32, %l: i64, %x: tensor<64x64xf32>, %p: !tt.ptr<tensor<64x64xf32>>) {
  // CHECK: xsmt.descriptor_load %{{.*}}, [%{{.*}}, %{{.*}}], {{\[\[}}32, 64]], {{\[\[}}8, 8]] : <tensor<64x64xf32>> -> tensor<4x8x8x8xf32>
  // GENERIC: "xsmt.descriptor_load"(%{{.*}}, %{{.*}}, %{{.*}}) {micro_size = array<i32: 8, 8>, shape = array<i32: 32, 64>} : (!tt.ptr<tensor<64x64xf32>>, i64, i64) -> tensor<4x8x8x8xf32>
  %0 = xsmt.descriptor_load %p, [%l, %l], [[32, 64]], [[8, 8]] : <tensor<64x64xf32>> -> tensor<4x8x8x8xf32>
  // CHECK: xsmt.view %{{.*}}, [%{{.*}}, %{{.*}}], {{\[\[}}32, 64]], {{\[\[}}8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
  // GENERIC: "xsmt.view"(%{{.*}}, %{{.*}}, %{{.*}}) {micro_size = array<i32: 8, 16>, shape = array<i32: 32, 64>} : (tensor<64x64xf32>, i64, i64) -> tensor<4x4x8x16xf32>
  %1 = xsmt.view %x, [%l, %l], [[32, 64]], [[8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
  // CHECK: xsmt.view %{{.*}}, [%{{.*}}, %{{.*}}], {{\[\[}}32, 64]], {{\[\[}}8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
  // GENERIC: "xsmt.view"(%{{.*}}, %{{.*}}, %{{.*}}) {micro_size = array<i32: 8, 16>, shape = array<i32: 32, 64>} : (tensor<64x64xf32>, i32, i32) -> tensor<4x4x8x16xf32>
  %2 = xsmt.view %x, [%i, %i], [[32, 64]], [[8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
  // CHECK: xsmt.view %{{.*}}, [%{{.*}}, %{{.*}}], {{\[\[}}32, 64]], {{\[\[}}8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
  // GENERIC: "xsmt.view"(%{{.*}}, %{{.*}}, %{{.*}}) {micro_size = array<i32: 8, 16>, shape = array<i32: 32, 64>} : (tensor<64x64xf32>, i64, i64) -> tensor<4x4x8x16xf32>
  %3 = "xsmt.view"(%x, %l, %l) <{micro_size = array<i32: 8, 16>, shape = array<i32: 32, 64>}> : (tensor<64x64xf32>, i64, i64) -> tensor<4x4x8x16xf32>
  // CHECK: xsmt.viewptr %{{.*}}, [%{{.*}}, %{{.*}}], {{\[\[}}32, 64]], {{\[\[}}8, 16]] : <tensor<64x64xf32>> -> <tensor<4x4x8x16xf32>>
  // GENERIC: "xsmt.viewptr"(%{{.*}}, %{{.*}}, %{{.*}}) {micro_size = array<i32: 8, 16>, shape = array<i32: 32, 64>} : (!tt.ptr<tensor<64x64xf32>>, i32, i32) -> !tt.ptr<tensor<4x4x8x16xf32>>
  %4 = xsmt.viewptr %p, [%i, %i], [[32, 64]], [[8, 16]] : <tensor<64x64xf32>> -> <tensor<4x4x8x16xf32>>
  // CHECK: tt.return
  // GENERIC: "tt.return"()
  tt.return
}

// CHECK-LABEL: tt.func @between
// GENERIC-LABEL: sym_name = "between"
tt.func @between(%x: tensor<64x64xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %v: tensor<4x2x8x16xf32>) {
  // CHECK: xsmt.bind %{{.*}}, %{{.*}} : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  // GENERIC: "xsmt.bind"(%{{.*}}, %{{.*}}) : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %0 = xsmt.bind %x, %x : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  // CHECK: xsmt.descriptor_load_view %{{.*}}, %{{.*}} : <tensor<64x64xf32>>, tensor<4x2x8x16xf32> -> tensor<4x2x8x16xf32>
  // GENERIC: "xsmt.descriptor_load_view"(%{{.*}}, %{{.*}}) : (!tt.ptr<tensor<64x64xf32>>, tensor<4x2x8x16xf32>) -> tensor<4x2x8x16xf32>
  %1 = xsmt.descriptor_load_view %p, %v : <tensor<64x64xf32>>, tensor<4x2x8x16xf32> -> tensor<4x2x8x16xf32>
  // CHECK: tt.return
  // GENERIC: "tt.return"()
  tt.return
}
