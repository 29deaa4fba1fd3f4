// RUN: smtir opt %s --passes=add-grid-entry | filecheck %s

// Neither a declaration, a private function, one with a result, one without the six place
// parameters, nor an entry that is there already gets one.

// CHECK-COUNT-1: __grid
// CHECK-NOT: __grid
llvm.func @declared(i32, i32, i32, i32, i32, i32)
llvm.func internal @helper(%gx: i32, %gy: i32, %gz: i32, %px: i32, %py: i32, %pz: i32) {
  llvm.return
}
llvm.func @result(%gx: i32, %gy: i32, %gz: i32, %px: i32, %py: i32, %pz: i32) -> i32 {
  llvm.return %gx : i32
}
llvm.func @other(%gx: i32, %gy: i32, %gz: i32, %px: i32, %py: i32, %pz: i64) {
  llvm.return
}
llvm.func @few(%x: i32) {
  llvm.return
}
llvm.func @done(%gx: i32, %gy: i32, %gz: i32, %px: i32, %py: i32, %pz: i32) {
  llvm.return
}
llvm.func @done__grid(%gx: i32, %gy: i32, %gz: i32, %first: i64, %last: i64) {
  llvm.return
}
