// RUN: smtir opt %s --passes=triton-to-linalg --split-input-file | filecheck %s

// A scan combines slice after slice.
// CHECK-LABEL: func @scan
//       CHECK:   scf.for
//       CHECK:     %[[A:.*]] = tensor.extract_slice
//       CHECK:     %[[B:.*]] = tensor.extract_slice
//       CHECK:     linalg.generic {{.*}} ins(%[[A]], %[[B]] : tensor<1x16xf32>, tensor<1x16xf32>)
//       CHECK:     tensor.insert_slice
//   CHECK-NOT:   smtir.scan
tt.func @scan(%x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %s = "tt.scan"(%x) <{axis = 0 : i32, reverse = false}> ({
  ^bb0(%l: f32, %r: f32):
    %0 = arith.addf %l, %r : f32
    tt.scan.return %0 : f32
  }) : (tensor<8x16xf32>) -> tensor<8x16xf32>
  tt.return %s : tensor<8x16xf32>
}

// -----

// Along lines that is element after element, which the vector stage need not keep to.
// CHECK-LABEL: func @scan_along_lines
//       CHECK:   scf.for
//       CHECK:     linalg.generic {{.*}} : tensor<8x1xf32>, tensor<8x1xf32>)
//       CHECK:   } {smtir.scan = "reverse"}
tt.func @scan_along_lines(%x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %s = "tt.scan"(%x) <{axis = 1 : i32, reverse = true}> ({
  ^bb0(%l: f32, %r: f32):
    %0 = arith.addf %l, %r : f32
    tt.scan.return %0 : f32
  }) : (tensor<8x16xf32>) -> tensor<8x16xf32>
  tt.return %s : tensor<8x16xf32>
}

// -----

// CHECK-LABEL: func @join_and_split
// CHECK-COUNT-2: tensor.insert_slice {{.*}} : tensor<16xf32> into tensor<16x2xf32>
// CHECK-COUNT-2: tensor.extract_slice {{.*}} : tensor<16x2xf32> to tensor<16xf32>
tt.func @join_and_split(%x: tensor<16xf32>, %y: tensor<16xf32>) -> (tensor<16xf32>, tensor<16xf32>) {
  %j = tt.join %x, %y : tensor<16xf32> -> tensor<16x2xf32>
  %a, %b = tt.split %j : tensor<16x2xf32> -> tensor<16xf32>
  tt.return %a, %b : tensor<16xf32>, tensor<16xf32>
}

// -----

// CHECK-LABEL: func @gather
//       CHECK:   linalg.generic
//       CHECK:     tensor.extract
tt.func @gather(%x: tensor<16xf32>, %i: tensor<16xi32>) -> tensor<16xf32> {
  %g = tt.gather %x[%i] {axis = 0 : i32} : (tensor<16xf32>, tensor<16xi32>) -> tensor<16xf32>
  tt.return %g : tensor<16xf32>
}

// -----

// CHECK-LABEL: func @histogram
//       CHECK:   scf.for
//       CHECK:     tensor.insert
tt.func @histogram(%x: tensor<16xi32>) -> tensor<8xi32> {
  %h = tt.histogram %x : tensor<16xi32> -> tensor<8xi32>
  tt.return %h : tensor<8xi32>
}

// -----

// CHECK-LABEL: func @bf16
//       CHECK:   %[[W:.*]] = arith.extf %{{.*}} : tensor<16xf16> to tensor<16xf32>
//       CHECK:   arith.truncf %[[W]] : tensor<16xf32> to tensor<16xbf16>
tt.func @bf16(%x: tensor<16xf16>) -> tensor<16xbf16> {
  %y = tt.fp_to_fp %x, rounding = rtne : tensor<16xf16> -> tensor<16xbf16>
  tt.return %y : tensor<16xbf16>
}

// -----

// CHECK-LABEL: func @mapped
//       CHECK:   linalg.generic
//       CHECK:     ^bb0(%[[A:.*]]: i32, %[[B:.*]]: i32, %{{.*}}: i32, %{{.*}}: i32):
//       CHECK:       linalg.yield %[[B]], %[[A]]
//       CHECK:   tensor.insert_slice %{{.*}}[0] [8] [2]
//       CHECK:   tensor.insert_slice %{{.*}}[1] [8] [2]
tt.func @mapped(%x: tensor<16xi32>) -> tensor<16xi32> {
  %r = "tt.map_elementwise"(%x) <{pack = 2 : i32}> ({
  ^bb0(%a: i32, %b: i32):
    tt.map_elementwise.return %b, %a : i32, i32
  }) : (tensor<16xi32>) -> tensor<16xi32>
  tt.return %r : tensor<16xi32>
}

// -----

// Blocks of k have a loop of their own, in which there is one scale; the product does not see it.
// CHECK-LABEL: func @dot_scaled
//       CHECK:   %[[BLOCKS:.*]] = tensor.expand_shape %arg0 {{.*}} into tensor<16x2x32xf8E4M3FN>
//       CHECK:   %[[SCALED:.*]] = linalg.generic {{.*}} ins(%[[BLOCKS]], %arg1 : tensor<16x2x32xf8E4M3FN>, tensor<16x2xi8>)
//       CHECK:     arith.extf %{{.*}} : f8E4M3FN to f32
//       CHECK:     arith.shli
//       CHECK:   %[[WHOLE:.*]] = tensor.collapse_shape %[[SCALED]]
//       CHECK:   %[[A:.*]] = bufferization.alloc_tensor() copy(%[[WHOLE]])
//       CHECK:   %[[B:.*]] = linalg.generic
//       CHECK:   linalg.matmul ins(%[[A]], %[[B]] : tensor<16x64xf32>, tensor<64x16xf32>)
tt.func @dot_scaled(%a: tensor<16x64xf8E4M3FN>, %s: tensor<16x2xi8>, %b: tensor<64x16xbf16>, %c: tensor<16x16xf32>)
    -> tensor<16x16xf32> {
  %r = tt.dot_scaled %a scale %s, %b, %c lhs = e4m3 rhs = bf16 {fastMath = false} :
      tensor<16x64xf8E4M3FN>, tensor<16x2xi8> * tensor<64x16xbf16> -> tensor<16x16xf32>
  tt.return %r : tensor<16x16xf32>
}
