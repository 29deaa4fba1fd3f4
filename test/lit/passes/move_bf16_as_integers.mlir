// RUN: smtir opt %s --passes=move-bf16-as-integers | filecheck %s

// What is loaded, chosen at a branch and stored stays bits; the constant is -2.0.
// CHECK-LABEL: llvm.func @masked_copy
// CHECK: %[[C:.*]] = llvm.mlir.constant(dense<-16384> : vector<8xi16>) : vector<8xi16>
// CHECK: %[[V:.*]] = llvm.intr.masked.load %{{.*}}, %{{.*}}, %[[C]] {alignment = 2 : i32} : {{.*}} -> vector<8xi16>
// CHECK: llvm.br ^bb3(%[[V]] : vector<8xi16>)
// CHECK: %[[G:.*]] = llvm.intr.masked.gather {{.*}} vector<8xi16>
// CHECK: ^bb3(%[[A:.*]]: vector<8xi16>):
// CHECK: llvm.intr.masked.store %[[A]], {{.*}} : vector<8xi16>
// CHECK-NOT: bf16
llvm.func @masked_copy(%p: !llvm.ptr, %ps: vector<8x!llvm.ptr>, %mask: vector<8xi1>, %which: i1) {
  %c = llvm.mlir.constant(dense<-2.0> : vector<8xbf16>) : vector<8xbf16>
  llvm.cond_br %which, ^bb1, ^bb2
^bb1:
  %v = llvm.intr.masked.load %p, %mask, %c {alignment = 2 : i32} : (!llvm.ptr, vector<8xi1>, vector<8xbf16>) -> vector<8xbf16>
  llvm.br ^bb3(%v : vector<8xbf16>)
^bb2:
  %g = llvm.intr.masked.gather %ps, %mask, %c {alignment = 2 : i32} : (vector<8x!llvm.ptr>, vector<8xi1>, vector<8xbf16>) -> vector<8xbf16>
  llvm.br ^bb3(%g : vector<8xbf16>)
^bb3(%a: vector<8xbf16>):
  llvm.intr.masked.store %a, %p, %mask {alignment = 2 : i32} : vector<8xbf16>, vector<8xi1> into !llvm.ptr
  llvm.return
}

// Casts to the bits are no more needed; what computes gets numbers.
// CHECK-LABEL: llvm.func @numbers
// CHECK: %[[V:.*]] = llvm.load %{{.*}} {alignment = 2 : i64} : !llvm.ptr -> vector<8xi16>
// CHECK: %[[N:.*]] = llvm.bitcast %[[V]] : vector<8xi16> to vector<8xbf16>
// CHECK: %[[S:.*]] = llvm.fadd %[[N]], %{{.*}} : vector<8xbf16>
// CHECK: %[[B:.*]] = llvm.bitcast %[[S]] : vector<8xbf16> to vector<8xi16>
// CHECK: llvm.store %[[B]], %{{.*}} : vector<8xi16>
// CHECK: llvm.return %[[V]] : vector<8xi16>
llvm.func @numbers(%p: !llvm.ptr) -> vector<8xi16> {
  %v = llvm.load %p {alignment = 2 : i64} : !llvm.ptr -> vector<8xbf16>
  %s = llvm.fadd %v, %v : vector<8xbf16>
  llvm.store %s, %p {alignment = 2 : i64} : vector<8xbf16>, !llvm.ptr
  %bits = llvm.bitcast %v : vector<8xbf16> to vector<8xi16>
  llvm.return %bits : vector<8xi16>
}
