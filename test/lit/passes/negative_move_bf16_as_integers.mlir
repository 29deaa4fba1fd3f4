// Other elements, single numbers, and vectors in a signature keep their types.
// RUN: smtir opt %s --passes=move-bf16-as-integers | filecheck %s

// CHECK-LABEL: llvm.func @others(%{{.*}}: !llvm.ptr, %{{.*}}: vector<8xbf16>)
// CHECK: llvm.load %{{.*}} : !llvm.ptr -> vector<8xf16>
// CHECK: llvm.load %{{.*}} : !llvm.ptr -> bf16
// CHECK: llvm.call @given(%{{.*}}) : (vector<8xbf16>) -> ()
llvm.func @given(vector<8xbf16>)
llvm.func @others(%p: !llvm.ptr, %v: vector<8xbf16>) {
  %a = llvm.load %p : !llvm.ptr -> vector<8xf16>
  llvm.store %a, %p : vector<8xf16>, !llvm.ptr
  %b = llvm.load %p : !llvm.ptr -> bf16
  llvm.store %b, %p : bf16, !llvm.ptr
  llvm.call @given(%v) : (vector<8xbf16>) -> ()
  llvm.return
}
