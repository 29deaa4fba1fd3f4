// RUN: smtir opt %s --passes=xsmt-alloc-to-memref,tle-to-triton --split-input-file | filecheck %s

// A buffer as a tensor is a load; a tensor as a buffer is a store.
// CHECK-LABEL: func @bridges
//       CHECK:   %[[B:.*]] = builtin.unrealized_conversion_cast %{{.*}} : memref<8x16xf32> to !tt.ptr<tensor<8x16xf32>>
//       CHECK:   %[[X:.*]] = tt.load %[[B]]
//       CHECK:   tt.store %[[B]], %[[X]]
tt.func @bridges() {
  %b = xsmt.alloc [[8, 16]] storage("l2") : <tensor<8x16xf32>>
  %x = tle.to_tensor %b : !tt.ptr<tensor<8x16xf32>> -> tensor<8x16xf32>
  %c = tle.to_buffer %x in %b : tensor<8x16xf32>, !tt.ptr<tensor<8x16xf32>> -> !tt.ptr<tensor<8x16xf32>>
  tt.return
}

// -----

// A pointer to one element: the row times the row's length, plus the column.
// CHECK-LABEL: func @one
//  CHECK-SAME:   %[[I:.*]]: i32, %[[J:.*]]: i32
//       CHECK:   %[[BASE:.*]] = builtin.unrealized_conversion_cast %{{.*}} : memref<8x16xf32> to !tt.ptr<f32>
//       CHECK:   %[[ROW:.*]] = arith.muli %[[I]], %{{.*}}
//       CHECK:   %[[AT:.*]] = arith.addi %[[ROW]], %[[J]]
//       CHECK:   tt.addptr %[[BASE]], %[[AT]]
tt.func @one(%i: i32, %j: i32) -> !tt.ptr<f32> {
  %b = xsmt.alloc [[8, 16]] storage("l2") : <tensor<8x16xf32>>
  %p = tle.local_ptr %b[%i, %j] : !tt.ptr<tensor<8x16xf32>> -> !tt.ptr<f32>
  tt.return %p : !tt.ptr<f32>
}

// -----

// A view in tiles is left alone: its elements have no one stride in a dimension.
// CHECK-LABEL: func @negative_view_in_tiles
//       CHECK:   tle.local_ptr
tt.func @negative_view_in_tiles(%i: i32) -> tensor<1x2x8x8x!tt.ptr<f32>> {
  %c0 = arith.constant 0 : i32
  %b = xsmt.alloc [[8, 16]] storage("l2") : <tensor<8x16xf32>>
  %v = xsmt.subview_pack %b, [%c0, %c0], [[8, 16]], [[8, 8]] : <tensor<8x16xf32>> -> <tensor<1x2x8x8xf32>>
  %p = tle.local_ptr %v : !tt.ptr<tensor<1x2x8x8xf32>> -> tensor<1x2x8x8x!tt.ptr<f32>>
  tt.return %p : tensor<1x2x8x8x!tt.ptr<f32>>
}
