// RUN: smtir opt %s --passes=add-grid-entry | filecheck %s

// The kernel itself stays as it is.
// CHECK: llvm.func @add(%{{.*}}: !llvm.ptr, %{{.*}}: vector<4xf32>, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32)
llvm.func @add(%x: !llvm.ptr, %v: vector<4xf32>, %gx: i32, %gy: i32, %gz: i32, %px: i32, %py: i32, %pz: i32) {
  llvm.return
}

// CHECK-LABEL: llvm.func @add__grid(
// CHECK-SAME: %[[X:.*]]: !llvm.ptr, %[[V:.*]]: vector<4xf32>, %[[GX:.*]]: i32, %[[GY:.*]]: i32, %[[GZ:.*]]: i32, %[[FIRST:.*]]: i64, %[[LAST:.*]]: i64)
// CHECK-DAG: %[[NX:.*]] = llvm.zext %[[GX]]
// CHECK-DAG: %[[NY:.*]] = llvm.zext %[[GY]]
// CHECK: ^bb1(%[[ID:.*]]: i64):
// CHECK: llvm.icmp "slt" %[[ID]], %[[LAST]]
// CHECK: %[[ROW:.*]] = llvm.udiv %[[ID]], %[[NX]]
// CHECK: %[[WX:.*]] = llvm.urem %[[ID]], %[[NX]]
// CHECK: %[[WZ:.*]] = llvm.udiv %[[ROW]], %[[NY]]
// CHECK: %[[WY:.*]] = llvm.urem %[[ROW]], %[[NY]]
// CHECK: %[[PX:.*]] = llvm.trunc %[[WX]]
// CHECK: %[[PY:.*]] = llvm.trunc %[[WY]]
// CHECK: %[[PZ:.*]] = llvm.trunc %[[WZ]]
// CHECK: llvm.call @add(%[[X]], %[[V]], %[[GX]], %[[GY]], %[[GZ]], %[[PX]], %[[PY]], %[[PZ]])
