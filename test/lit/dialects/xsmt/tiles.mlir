// Operations on packed tensors.
//
// RUN: smtir opt %s | filecheck %s
// RUN: smtir opt %s --print-generic | smtir opt - | filecheck %s
// RUN: smtir opt %s --print-generic | filecheck %s --check-prefix=GENERIC

// CHECK-LABEL: tt.func @ops
// GENERIC-LABEL: sym_name = "ops"
tt.func @ops(%i: i32, %x: tensor<64x64xf32>, %d2: tensor<32x24xf32>, %d: tensor<2x3x16x8xf32>, %a: tensor<4x8x8x8xf32>, %b: tensor<8x4x8x16xf32>, %bt: tensor<4x8x16x8xf32>, %c: tensor<4x4x8x16xf32>, %ha: tensor<4x8x8x4xf16>, %hb: tensor<8x4x4x16xf16>) {
  // CHECK: xsmt.pack %{{.*}}, [%{{.*}}, %{{.*}}], [32, 24], [16, 8] : tensor<64x64xf32> -> tensor<2x3x16x8xf32>
  // GENERIC: "xsmt.pack"(%{{.*}}, %{{.*}}, %{{.*}}) {operandSegmentSizes = array<i32: 1, 2, 0>, packed_size = array<i32: 16, 8>, shape = array<i32: 32, 24>} : (tensor<64x64xf32>, i32, i32) -> tensor<2x3x16x8xf32>
  %0 = xsmt.pack %x, [%i, %i], [32, 24], [16, 8] : tensor<64x64xf32> -> tensor<2x3x16x8xf32>
  // CHECK: xsmt.pack %{{.*}}, [%{{.*}}, %{{.*}}] into(%{{.*}} : tensor<2x3x16x8xf32>), [32, 24], [16, 8] : tensor<64x64xf32> -> tensor<2x3x16x8xf32>
  // GENERIC: "xsmt.pack"(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) {operandSegmentSizes = array<i32: 1, 2, 1>, packed_size = array<i32: 16, 8>, shape = array<i32: 32, 24>} : (tensor<64x64xf32>, i32, i32, tensor<2x3x16x8xf32>) -> tensor<2x3x16x8xf32>
  %1 = xsmt.pack %x, [%i, %i] into(%d : tensor<2x3x16x8xf32>), [32, 24], [16, 8] : tensor<64x64xf32> -> tensor<2x3x16x8xf32>
  // CHECK: xsmt.pack %{{.*}}, [%{{.*}}, %{{.*}}] into(%{{.*}} : tensor<2x3x16x8xf32>), [32, 24], [16, 8] {hint = 1 : i32} : tensor<64x64xf32> -> tensor<2x3x16x8xf32>
  // GENERIC: "xsmt.pack"(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) {hint = 1 : i32, operandSegmentSizes = array<i32: 1, 2, 1>, packed_size = array<i32: 16, 8>, shape = array<i32: 32, 24>} : (tensor<64x64xf32>, i32, i32, tensor<2x3x16x8xf32>) -> tensor<2x3x16x8xf32>
  %2 = xsmt.pack %x, [%i, %i] into(%d), [[32, 24]], [[16, 8]] {hint = 1 : i32} : tensor<64x64xf32> -> tensor<2x3x16x8xf32>
  // CHECK: xsmt.pack %{{.*}}, [%{{.*}}, %{{.*}}], [30, 20], [16, 8] : tensor<64x64xf32> -> tensor<2x3x16x8xf32>
  // GENERIC: "xsmt.pack"(%{{.*}}, %{{.*}}, %{{.*}}) {operandSegmentSizes = array<i32: 1, 2, 0>, packed_size = array<i32: 16, 8>, shape = array<i32: 30, 20>} : (tensor<64x64xf32>, i32, i32) -> tensor<2x3x16x8xf32>
  %3 = xsmt.pack %x, [%i, %i], [30, 20], [16, 8] : tensor<64x64xf32> -> tensor<2x3x16x8xf32>
  // CHECK: xsmt.unpack %{{.*}}, [%{{.*}}, %{{.*}}], [32, 24] : tensor<2x3x16x8xf32> -> tensor<32x24xf32>
  // GENERIC: "xsmt.unpack"(%{{.*}}, %{{.*}}, %{{.*}}) {operandSegmentSizes = array<i32: 1, 2, 0>, shape = array<i32: 32, 24>} : (tensor<2x3x16x8xf32>, i32, i32) -> tensor<32x24xf32>
  %4 = xsmt.unpack %0, [%i, %i], [32, 24] : tensor<2x3x16x8xf32> -> tensor<32x24xf32>
  // CHECK: xsmt.unpack %{{.*}}, [%{{.*}}, %{{.*}}] into(%{{.*}} : tensor<32x24xf32>), [32, 24] : tensor<2x3x16x8xf32> -> tensor<32x24xf32>
  // GENERIC: "xsmt.unpack"(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) {operandSegmentSizes = array<i32: 1, 2, 1>, shape = array<i32: 32, 24>} : (tensor<2x3x16x8xf32>, i32, i32, tensor<32x24xf32>) -> tensor<32x24xf32>
  %5 = xsmt.unpack %0, [%i, %i] into(%d2 : tensor<32x24xf32>), [32, 24] : tensor<2x3x16x8xf32> -> tensor<32x24xf32>
  // CHECK: xsmt.repack %{{.*}}, [%{{.*}}, %{{.*}}], [32, 24], [16, 8] : tensor<4x4x8x16xf32> -> tensor<2x3x16x8xf32>
  // GENERIC: "xsmt.repack"(%{{.*}}, %{{.*}}, %{{.*}}) {operandSegmentSizes = array<i32: 1, 2, 0>, packed_size = array<i32: 16, 8>, shape = array<i32: 32, 24>} : (tensor<4x4x8x16xf32>, i32, i32) -> tensor<2x3x16x8xf32>
  %6 = xsmt.repack %c, [%i, %i], [32, 24], [16, 8] : tensor<4x4x8x16xf32> -> tensor<2x3x16x8xf32>
  // CHECK: xsmt.repack %{{.*}}, [%{{.*}}, %{{.*}}] into(%{{.*}} : tensor<2x3x16x8xf32>), [32, 24], [16, 8] : tensor<4x4x8x16xf32> -> tensor<2x3x16x8xf32>
  // GENERIC: "xsmt.repack"(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) {operandSegmentSizes = array<i32: 1, 2, 1>, packed_size = array<i32: 16, 8>, shape = array<i32: 32, 24>} : (tensor<4x4x8x16xf32>, i32, i32, tensor<2x3x16x8xf32>) -> tensor<2x3x16x8xf32>
  %7 = xsmt.repack %c, [%i, %i] into(%d : tensor<2x3x16x8xf32>), [32, 24], [16, 8] : tensor<4x4x8x16xf32> -> tensor<2x3x16x8xf32>
  // CHECK: xsmt.mmt4d %{{.*}}, %{{.*}} : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32> -> tensor<4x4x8x16xf32>
  // GENERIC: "xsmt.mmt4d"(%{{.*}}, %{{.*}}) : (tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32>) -> tensor<4x4x8x16xf32>
  %8 = xsmt.mmt4d %a, %b : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32> -> tensor<4x4x8x16xf32>
  // CHECK: xsmt.mmt4d %{{.*}}, %{{.*}}, %{{.*}} : tensor<4x8x8x8xf32>, tensor<4x8x16x8xf32>, tensor<4x4x8x16xf32> -> tensor<4x4x8x16xf32>
  // GENERIC: "xsmt.mmt4d"(%{{.*}}, %{{.*}}, %{{.*}}) : (tensor<4x8x8x8xf32>, tensor<4x8x16x8xf32>, tensor<4x4x8x16xf32>) -> tensor<4x4x8x16xf32>
  %9 = xsmt.mmt4d %a, %bt, %c : tensor<4x8x8x8xf32>, tensor<4x8x16x8xf32>, tensor<4x4x8x16xf32> -> tensor<4x4x8x16xf32>
  // CHECK: xsmt.mmt4d %{{.*}}, %{{.*}}, %{{.*}} : tensor<4x8x8x4xf16>, tensor<8x4x4x16xf16>, tensor<4x4x8x16xf32> -> tensor<4x4x8x16xf32>
  // GENERIC: "xsmt.mmt4d"(%{{.*}}, %{{.*}}, %{{.*}}) : (tensor<4x8x8x4xf16>, tensor<8x4x4x16xf16>, tensor<4x4x8x16xf32>) -> tensor<4x4x8x16xf32>
  %10 = xsmt.mmt4d %ha, %hb, %c : tensor<4x8x8x4xf16>, tensor<8x4x4x16xf16>, tensor<4x4x8x16xf32> -> tensor<4x4x8x16xf32>
  // CHECK: xsmt.insert %{{.*}}, %{{.*}}, [%{{.*}}, %{{.*}}] : tensor<4x4x8x16xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  // GENERIC: "xsmt.insert"(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) : (tensor<4x4x8x16xf32>, tensor<64x64xf32>, i32, i32) -> tensor<64x64xf32>
  %11 = xsmt.insert %c, %x, [%i, %i] : tensor<4x4x8x16xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  // CHECK: tt.return
  // GENERIC: "tt.return"()
  tt.return
}
