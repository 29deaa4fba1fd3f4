// Windows whose meaning is lost, or that cannot be followed.
//
// RUN: smtir opt %s --passes=xsmt-upgrade --split-input-file --verify-diagnostics

tt.func @f(%a: tensor<4x8x8x8xf32>, %b: tensor<8x4x8x16xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %o: i32, %c: i1) {
  %acc = arith.constant dense<0.0> : tensor<64x64xf32>
  // expected-error @below {{xsmt.view: nothing reads the product into this window, so the result lacks it}}
  %w = xsmt.view %acc, [%o, %o], [[32, 64]], [[8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
  // expected-note @below {{the product is here}}
  %d = xsmt.mmt4d %a, %b, %w : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32>, tensor<4x4x8x16xf32> -> tensor<4x4x8x16xf32>
  tt.return
}

// -----

tt.func @f(%a: tensor<4x8x8x8xf32>, %b: tensor<8x4x8x16xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %o: i32, %c: i1) {
  %acc = arith.constant dense<0.0> : tensor<64x64xf32>
  // expected-error @below {{xsmt.view: the accumulator is the constant 0.0 here: nothing tells what was folded into it, so the meaning may be lost}}
  %w = xsmt.view %acc, [%o, %o], [[32, 64]], [[8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
  // expected-note @below {{this is the xsmt.mmt4d}}
  %d = xsmt.mmt4d %a, %b, %w : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32>, tensor<4x4x8x16xf32> -> tensor<4x4x8x16xf32>
  tt.store %p, %acc : !tt.ptr<tensor<64x64xf32>>
  tt.return
}

// -----

tt.func @f(%acc: tensor<64x64xf32>, %a: tensor<4x8x8x8xf32>, %b: tensor<8x4x8x16xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %o: i32, %c: i1) {
  // expected-error @below {{xsmt.view: nothing reads the product into this window, so the result lacks it}}
  %w = xsmt.view %acc, [%o, %o], [[32, 64]], [[8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
  // expected-note @below {{the product is here}}
  %d = xsmt.mmt4d %a, %b, %w : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32>, tensor<4x4x8x16xf32> -> tensor<4x4x8x16xf32>
  tt.return
}

// -----

tt.func @f(%acc: tensor<64x64xf32>, %a: tensor<4x8x8x8xf32>, %b: tensor<8x4x8x16xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %o: i32, %c: i1) {
  // expected-error @below {{xsmt.view: the window is handed to scf.for: products into it cannot be followed}}
  %w = xsmt.view %acc, [%o, %o], [[32, 64]], [[8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
  // expected-note @below {{this is the scf.for}}
  %r = scf.for %i = %o to %o step %o iter_args(%v = %w) -> (tensor<4x4x8x16xf32>) : i32 {
    scf.yield %v : tensor<4x4x8x16xf32>
  }
  %d = xsmt.mmt4d %a, %b, %w : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32>, tensor<4x4x8x16xf32> -> tensor<4x4x8x16xf32>
  tt.store %p, %acc : !tt.ptr<tensor<64x64xf32>>
  tt.return
}

// -----

tt.func @f(%acc: tensor<64x64xf32>, %a: tensor<4x8x8x8xf32>, %b: tensor<8x4x8x16xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %o: i32, %c: i1) {
  // expected-error @below {{xsmt.view: the accumulator is changed inside of scf.while, which cannot carry it}}
  %w = xsmt.view %acc, [%o, %o], [[32, 64]], [[8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
  // expected-note @below {{this is the scf.while}}
  scf.while : () -> () {
    %d = xsmt.mmt4d %a, %b, %w : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32>, tensor<4x4x8x16xf32> -> tensor<4x4x8x16xf32>
    scf.condition(%c)
  } do {
    scf.yield
  }
  tt.store %p, %acc : !tt.ptr<tensor<64x64xf32>>
  tt.return
}

// -----

tt.func @f(%acc: tensor<64x64xf32>, %a: tensor<4x8x8x8xf32>, %b: tensor<8x4x8x16xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %o: i32, %c: i1) {
  // expected-error @below {{xsmt.view: the function has branches between blocks}}
  %w = xsmt.view %acc, [%o, %o], [[32, 64]], [[8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
  // expected-note @below {{this is the xsmt.mmt4d}}
  %d = xsmt.mmt4d %a, %b, %w : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32>, tensor<4x4x8x16xf32> -> tensor<4x4x8x16xf32>
  cf.br ^next
^next:
  tt.store %p, %acc : !tt.ptr<tensor<64x64xf32>>
  tt.return
}

// -----

tt.func @f(%acc: tensor<64x64xf32>, %a: tensor<4x8x8x8xf32>, %b: tensor<8x4x8x16xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %o: i32, %c: i1) {
  // expected-error @below {{xsmt.view: the window is on a parameter: what the caller holds cannot be changed}}
  %w = xsmt.view %acc, [%o, %o], [[32, 64]], [[8, 16]] : tensor<64x64xf32> -> tensor<4x4x8x16xf32>
  %d = xsmt.mmt4d %a, %b, %w : tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32>, tensor<4x4x8x16xf32> -> tensor<4x4x8x16xf32>
  tt.store %p, %acc : !tt.ptr<tensor<64x64xf32>>
  tt.return
}

tt.func @g(%acc: tensor<64x64xf32>, %a: tensor<4x8x8x8xf32>, %b: tensor<8x4x8x16xf32>, %p: !tt.ptr<tensor<64x64xf32>>, %o: i32, %c: i1) {
  // expected-note @below {{this is the tt.call}}
  tt.call @f(%acc, %a, %b, %p, %o, %c) : (tensor<64x64xf32>, tensor<4x8x8x8xf32>, tensor<8x4x8x16xf32>, !tt.ptr<tensor<64x64xf32>>, i32, i1) -> ()
  tt.return
}
