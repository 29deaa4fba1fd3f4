// RUN: smtir opt %s --passes=xsmt-alloc-to-memref --split-input-file | filecheck %s

// The iterations of an smt.parallel loop may run at once: each keeps a buffer of its own.
// CHECK-LABEL: tt.func @one_each
//   CHECK-NOT:   memref.alloc
//       CHECK:   scf.for
//       CHECK:     memref.alloc() {storage = "l2"} : memref<8x16xf32>
//       CHECK:     scf.for
//   CHECK-NOT:     memref.alloc
tt.func @one_each(%n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  scf.for %i = %c0 to %n step %c1 : i32 {
    scf.for %j = %c0 to %n step %c1 : i32 {
      %p = xsmt.alloc [[8, 16]] storage("l2") : <tensor<8x16xf32>>
      %x = tt.load %p : !tt.ptr<tensor<8x16xf32>>
      tt.store %p, %x : !tt.ptr<tensor<8x16xf32>>
    }
  } {bind_sub_block = true}
  tt.return
}

// -----

// A buffer that does not say its element type cannot be allocated.
// CHECK-LABEL: tt.func @no_element_type
//       CHECK:   xsmt.alloc_copies
tt.func @no_element_type() -> !xsmt.buffer<shape=[2, 8], copies=2> {
  %b = xsmt.alloc_copies [[2, 8]] storage("l2") : !xsmt.buffer<shape=[2, 8], copies=2>
  tt.return %b : !xsmt.buffer<shape=[2, 8], copies=2>
}
