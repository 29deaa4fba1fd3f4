// RUN: smtir opt %s --passes=xsmt-alloc-to-memref --split-input-file | filecheck %s

// A buffer in loops and branches is made once, before them; casts stand for the pointers.
// CHECK-LABEL: tt.func @hoisted
//       CHECK:   %[[ONE:.*]] = memref.alloc() {storage = "tcm"} : memref<64x32xf16>
//       CHECK:   %[[MANY:.*]] = memref.alloc() {storage = "l2"} : memref<2x8x16xi8>
//  CHECK-NEXT:   scf.for
//       CHECK:     builtin.unrealized_conversion_cast %[[ONE]] : memref<64x32xf16> to !tt.ptr<tensor<64x32xf16>>
//       CHECK:     builtin.unrealized_conversion_cast %[[MANY]] : memref<2x8x16xi8> to !xsmt.buffer
//   CHECK-NOT:   xsmt.alloc
tt.func @hoisted(%n: i32, %c: i1) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  scf.for %i = %c0 to %n step %c1 : i32 {
    scf.if %c {
      %p = xsmt.alloc [[64, 32]] storage("tcm") : <tensor<64x32xf16>>
      %x = tt.load %p : !tt.ptr<tensor<64x32xf16>>
      tt.store %p, %x : !tt.ptr<tensor<64x32xf16>>
    }
    %b = xsmt.alloc_copies [[2, 8, 16]] storage("l2") : !xsmt.buffer<shape=[2, 8, 16], elementType=i8, copies=2, storageKind="l2">
    %q = xsmt.buffer_tensor_view %b[%i] : <shape=[2, 8, 16], elementType=i8, copies=2, storageKind="l2"> -> <tensor<8x16xi8>>
    %y = tt.load %q : !tt.ptr<tensor<8x16xi8>>
    tt.store %q, %y : !tt.ptr<tensor<8x16xi8>>
  }
  tt.return
}

// -----

// An allocation in tiles of the first smt API is a value; one of i1 has a byte for each.
// CHECK-LABEL: tt.func @values
//       CHECK:   %[[T:.*]] = tensor.empty() : tensor<8x2x8x16xf32>
//       CHECK:   memref.alloc() {storage = "l2"} : memref<16xi8>
//       CHECK:   return %[[T]]
tt.func @values(%x: tensor<16xi1>) -> tensor<8x2x8x16xf32> {
  %t = xsmt.alloc [[64, 32]], [[8, 16]] : tensor<8x2x8x16xf32>
  %p = xsmt.alloc [[16]] storage("l2") : <tensor<16xi1>>
  tt.store %p, %x : !tt.ptr<tensor<16xi1>>
  tt.return %t : tensor<8x2x8x16xf32>
}

// -----

// Tiles loaded in more iterations than the buffer has tiles: it is stored in them.
// CHECK-LABEL: tt.func @in_tiles
//       CHECK:   memref.alloc() {storage = "l2"} : memref<2x2x8x8xf32>
tt.func @in_tiles(%x: tensor<16x16xf32>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c8 = arith.constant 8 : i32
  %p = xsmt.alloc [[16, 16]] storage("l2") : <tensor<16x16xf32>>
  tt.store %p, %x : !tt.ptr<tensor<16x16xf32>>
  scf.for %i = %c0 to %n step %c1 : i32 {
    %row = arith.muli %i, %c8 : i32
    %v = xsmt.subview_pack %p, [%row, %c0], [[8, 16]], [[8, 8]] : <tensor<16x16xf32>> -> <tensor<1x2x8x8xf32>>
    %y = tt.load %v : !tt.ptr<tensor<1x2x8x8xf32>>
    tt.print "y" {hex = false, isSigned = array<i32: 0>} : %y : tensor<1x2x8x8xf32>
  }
  tt.return
}

// -----

// A view that may begin inside a tile: the buffer stays in rows.
// CHECK-LABEL: tt.func @negative_not_on_tiles
//       CHECK:   memref.alloc() {storage = "l2"} : memref<16x16xf32>
tt.func @negative_not_on_tiles(%x: tensor<16x16xf32>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %p = xsmt.alloc [[16, 16]] storage("l2") : <tensor<16x16xf32>>
  tt.store %p, %x : !tt.ptr<tensor<16x16xf32>>
  scf.for %i = %c0 to %n step %c1 : i32 {
    %v = xsmt.subview_pack %p, [%i, %c0], [[8, 16]], [[8, 8]] : <tensor<16x16xf32>> -> <tensor<1x2x8x8xf32>>
    %y = tt.load %v : !tt.ptr<tensor<1x2x8x8xf32>>
    tt.print "y" {hex = false, isSigned = array<i32: 0>} : %y : tensor<1x2x8x8xf32>
  }
  tt.return
}
