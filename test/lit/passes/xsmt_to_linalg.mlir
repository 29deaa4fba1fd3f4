// RUN: smtir opt %s --passes=xsmt-to-linalg,canonicalize,cse --split-input-file | filecheck %s

// The right operand is packed from its source with the dims swapped; no transpose is left.
// CHECK-LABEL: tt.func @product
//       CHECK:   %[[A:.*]] = linalg.pack {{.*}} padding_value(%{{.*}} : f32) outer_dims_perm = [0, 1] inner_dims_pos = [0, 1] inner_tiles = [8, 8] {{.*}} -> tensor<4x8x8x8xf32>
//       CHECK:   %[[B:.*]] = linalg.pack {{.*}} padding_value(%{{.*}} : f32) outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [16, 8] {{.*}} -> tensor<4x8x16x8xf32>
//   CHECK-NOT:   linalg.transpose
//       CHECK:   linalg.mmt4d ins(%[[A]], %[[B]] :
//   CHECK-NOT:   xsmt.
tt.func @product(%p: !tt.ptr<f32>, %n: i64, %c: tensor<4x4x8x16xf32>) -> tensor<4x4x8x16xf32> {
  %i0 = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %c0 = arith.constant 0 : i32
  %x = tt.make_tensor_ptr %p, [%n, %n], [%n, %one], [%c0, %c0] {order = array<i32: 1, 0>} : <tensor<64x64xf32>>
  %a = xsmt.descriptor_load %x, [%i0, %i0], [32, 64], [8, 8] : !tt.ptr<tensor<64x64xf32>> -> tensor<4x8x8x8xf32>
  %b = xsmt.descriptor_load %x, [%i0, %i0], [64, 64], [8, 16] : !tt.ptr<tensor<64x64xf32>> -> tensor<8x4x8x16xf32>
  %d = xsmt.mmt4d %a, %b, %c : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32>, tensor<4x4x8x16xf32> -> tensor<4x4x8x16xf32>
  tt.return %d : tensor<4x4x8x16xf32>
}

// -----

// A right operand that no pack made is transposed; two products share one swapped pack.
// CHECK-LABEL: tt.func @operands
//       CHECK:   linalg.transpose {{.*}} permutation = [1, 0, 3, 2]
// CHECK-COUNT-2: linalg.pack
//   CHECK-NOT:   linalg.pack
//       CHECK:   return
tt.func @operands(%a: tensor<2x2x8x8xf32>, %b: tensor<2x4x8x16xf32>, %y: tensor<16x64xf32>, %z: tensor<16x16xf32>) -> (tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) {
  %c0 = arith.constant 0 : i32
  %d = xsmt.mmt4d %a, %b : tensor<2x2x8x8xf32>, tensor<2x4x8x16xf32> -> tensor<2x4x8x16xf32>
  %w = xsmt.pack %y, [%c0, %c0], [16, 64], [8, 16] : tensor<16x64xf32> -> tensor<2x4x8x16xf32>
  %v = xsmt.pack %z, [%c0, %c0], [16, 16], [8, 8] : tensor<16x16xf32> -> tensor<2x2x8x8xf32>
  %e = xsmt.mmt4d %v, %w, %d : tensor<2x2x8x8xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32> -> tensor<2x4x8x16xf32>
  %f = xsmt.mmt4d %v, %w, %e : tensor<2x2x8x8xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32> -> tensor<2x4x8x16xf32>
  tt.return %e, %f : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>
}

// -----

// f16 x f16 without an accumulator: summed in f32, rounded once to f16.
// CHECK-LABEL: tt.func @rounded_once
//       CHECK:   %[[D:.*]] = linalg.mmt4d {{.*}} -> tensor<2x4x8x16xf32>
//       CHECK:   arith.truncf %[[D]] : tensor<2x4x8x16xf32> to tensor<2x4x8x16xf16>
tt.func @rounded_once(%a: tensor<2x2x8x8xf16>, %b: tensor<4x2x16x8xf16>) -> tensor<2x4x8x16xf16> {
  %d = xsmt.mmt4d %a, %b : tensor<2x2x8x8xf16>, tensor<4x2x16x8xf16> -> tensor<2x4x8x16xf16>
  tt.return %d : tensor<2x4x8x16xf16>
}

// -----

// A window that provably lies inside is a static slice; one that may stick out is clamped and padded.
// CHECK-LABEL: tt.func @windows
//       CHECK:   tensor.extract_slice %{{.*}}[%{{.*}}, 0] [32, 64] [1, 1]
//       CHECK:   tensor.insert_slice %{{.*}} into %{{.*}}[%{{.*}}, 0] [32, 64] [1, 1]
//       CHECK:   %[[PART:.*]] = tensor.extract_slice %{{.*}}[%{{.*}}, 0] [%{{.*}}, 64] [1, 1]
//       CHECK:   tensor.insert_slice %[[PART]] into
tt.func @windows(%x: tensor<64x64xf32>, %n: i32) -> (tensor<64x64xf32>, tensor<4x4x8x16xf32>) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c2 = arith.constant 2 : i32
  %c32 = arith.constant 32 : i32
  %r = scf.for %i = %c0 to %c2 step %c1 iter_args(%acc = %x) -> (tensor<64x64xf32>) : i32 {
    %o = arith.muli %i, %c32 : i32
    %t = xsmt.pack %acc, [%o, %c0], [32, 64], [8, 16] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
    %y = xsmt.insert %t, %acc, [%o, %c0] : tensor<4x4x8x16xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
    scf.yield %y : tensor<64x64xf32>
  }
  %u = xsmt.pack %x, [%n, %c0], [32, 64], [8, 16] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
  tt.return %r, %u : tensor<64x64xf32>, tensor<4x4x8x16xf32>
}

// -----

// CHECK-LABEL: func @layouts
//       CHECK:   %[[FLAT:.*]] = linalg.unpack {{.*}} inner_tiles = [8, 16]
//       CHECK:   linalg.pack %[[FLAT]] {{.*}} inner_tiles = [4, 32]
tt.func @layouts(%x: tensor<4x4x8x16xf32>) -> tensor<8x2x4x32xf32> {
  %c0 = arith.constant 0 : i32
  %y = xsmt.repack %x, [%c0, %c0], [32, 64], [4, 32] : tensor<4x4x8x16xf32> -> tensor<8x2x4x32xf32>
  tt.return %y : tensor<8x2x4x32xf32>
}

// -----

// A destination is what the pack is written into.
// CHECK-LABEL: func.func @destination
//  CHECK-SAME:   %[[X:.*]]: tensor<32x16xf32>, %[[D:.*]]: tensor<4x1x8x16xf32>
//       CHECK:   linalg.pack %[[X]] {{.*}} into %[[D]] :
tt.func @destination(%x: tensor<32x16xf32>, %d: tensor<4x1x8x16xf32>) -> tensor<4x1x8x16xf32> {
  %c0 = arith.constant 0 : i32
  %1 = xsmt.pack %x, [%c0, %c0] into(%d : tensor<4x1x8x16xf32>), [32, 16], [8, 16] : tensor<32x16xf32> -> tensor<4x1x8x16xf32>
  tt.return %1 : tensor<4x1x8x16xf32>
}
