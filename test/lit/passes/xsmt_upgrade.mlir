// Windows become values; the other operations of the first smt API become today's.
//
// RUN: smtir opt %s --passes=xsmt-upgrade | filecheck %s

// CHECK-LABEL: tt.func @loop
tt.func @loop(%acc: tensor<64x64xf32>, %a: tensor<4x8x8x8xf32>, %b: tensor<8x4x8x16xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %o: i64) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %l0 = arith.constant 0 : i64
  // CHECK: %[[END:.*]] = scf.for {{.*}} iter_args(%[[ACC:.*]] = %arg0) -> (tensor<64x64xf32>)
  scf.for %i = %c0 to %c1 step %c1 : i32 {
    // CHECK: %[[ROW:.*]] = arith.trunci %arg4 : i64 to i32
    // CHECK: %[[W:.*]] = xsmt.pack %[[ACC]], [%[[ROW]], %{{.*}}], [32, 64], [8, 16] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
    %w = xsmt.view %acc, [%o, %l0], [[32, 64]], [[8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
    // CHECK: %[[P:.*]] = xsmt.mmt4d %arg1, %arg2, %[[W]]
    // CHECK: %[[NEW:.*]] = xsmt.insert %[[P]], %[[ACC]], [%{{.*}}, %{{.*}}]
    // CHECK: scf.yield %[[NEW]]
    %d = xsmt.mmt4d %a, %b, %w : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32>, tensor<4x4x8x16xf32> -> tensor<4x4x8x16xf32>
    // CHECK: } {bind_sub_block = true}
  } {bind_sub_block = true}
  // CHECK: tt.store %{{.*}}, %[[END]]
  tt.store %p, %acc : !tt.ptr<tensor<64x64xf32>>
  tt.return
}

// A branch without else gives the old value on the other side; its own results stay the first.
// CHECK-LABEL: tt.func @branch
tt.func @branch(%acc: tensor<64x64xf32>, %a: tensor<4x8x8x8xf32>, %b: tensor<8x4x8x16xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %o: i32, %c: i1) {
  // CHECK: %[[END:.*]]:2 = scf.if %arg5 -> (i32, tensor<64x64xf32>)
  %r = scf.if %c -> (i32) {
    %w = xsmt.view %acc, [%o, %o], [[32, 64]], [[8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
    // CHECK: %[[NEW:.*]] = xsmt.insert
    %d = xsmt.mmt4d %a, %b, %w : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32>, tensor<4x4x8x16xf32> -> tensor<4x4x8x16xf32>
    // CHECK: scf.yield %arg4, %[[NEW]]
    scf.yield %o : i32
  } else {
    // CHECK: scf.yield %arg4, %arg0
    scf.yield %o : i32
  }
  // CHECK: tt.store %{{.*}}, %[[END]]#1
  tt.store %p, %acc : !tt.ptr<tensor<64x64xf32>>
  // CHECK: tt.print " r: " {{.*}} : %[[END]]#0
  tt.print " r: " {hex = false, isSigned = array<i32: 1>} : %r : i32
  tt.return
}

// What is read after a product is read anew, what was read before is not.
// CHECK-LABEL: tt.func @order
tt.func @order(%acc: tensor<32x64xf32>, %a: tensor<4x8x8x8xf32>, %b: tensor<8x4x8x16xf32>, %p: !tt.ptr<tensor<32x64xf32>>, %o: i32) {
  %w = xsmt.view %acc, [%o, %o], [[32, 64]], [[8, 16]] : tensor<32x64xf32> -> tensor<4x4x8x16xf32>
  // CHECK: %[[BEFORE:.*]] = arith.addf %arg0, %arg0
  %before = arith.addf %acc, %acc : tensor<32x64xf32>
  // CHECK: %[[NEW:.*]] = xsmt.insert
  %d = xsmt.mmt4d %a, %b, %w : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32>, tensor<4x4x8x16xf32> -> tensor<4x4x8x16xf32>
  // CHECK: xsmt.pack %[[NEW]]
  // CHECK: xsmt.unpack
  %now = xsmt.unpack %w, [%o, %o], [32, 64] : tensor<4x4x8x16xf32> -> tensor<32x64xf32>
  // CHECK: arith.addf %[[BEFORE]],
  %sum = arith.addf %before, %now : tensor<32x64xf32>
  tt.store %p, %sum : !tt.ptr<tensor<32x64xf32>>
  tt.return
}

// CHECK-LABEL: tt.func @renamed
tt.func @renamed(%x: tensor<64x64xf32>, %t: tensor<8x4x8x16xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %i: i32) {
  // CHECK: xsmt.subview_pack %arg2, [%arg3, %arg3], {{\[\[}}32, 64]], {{\[\[}}8, 16]] : <tensor<64x64xf32>> -> <tensor<4x4x8x16xf32>>
  %0 = xsmt.viewptr %p, [%i, %i], [[32, 64]], [[8, 16]] : <tensor<64x64xf32>> -> <tensor<4x4x8x16xf32>>
  // CHECK: xsmt.descriptor_load_view %arg2, [%{{.*}}, %{{.*}}], {{\[\[}}64, 64]], {{\[\[}}8, 16]] : <tensor<64x64xf32>> -> tensor<8x4x8x16xf32>
  %1 = xsmt.descriptor_load_view %p, %t : <tensor<64x64xf32>>, tensor<8x4x8x16xf32> -> tensor<8x4x8x16xf32>
  // CHECK: %[[X:.*]] = xsmt.unpack %arg1, [%{{.*}}, %{{.*}}], [64, 64]
  // CHECK-NOT: xsmt.bind
  %2 = xsmt.bind %x, %t : (tensor<64x64xf32>, tensor<8x4x8x16xf32>) -> tensor<64x64xf32>
  %3 = xsmt.bind %x, %2 : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  // CHECK: tt.store %arg2, %[[X]]
  tt.store %p, %3 : !tt.ptr<tensor<64x64xf32>>
  tt.return
}
