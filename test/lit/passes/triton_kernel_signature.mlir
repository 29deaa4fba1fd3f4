// RUN: smtir opt %s --passes=triton-kernel-signature | filecheck %s

// CHECK-LABEL: func.func @kernel
//  CHECK-SAME:   (%{{.*}}: memref<f32>, %{{.*}}: memref<i8>, %{{.*}}: i32, %[[NX:.*]]: i32, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32, %[[Y:.*]]: i32, %{{.*}}: i32)
//       CHECK:   arith.addi %[[Y]], %[[NX]]
tt.func @kernel(%p: !tt.ptr<f32>, %flags: !tt.ptr<i1>, %n: i32) {
  %y = tt.get_program_id y : i32
  %nx = tt.get_num_programs x : i32
  %s = arith.addi %y, %nx : i32
  %i = arith.index_cast %s : i32 to index
  %m = builtin.unrealized_conversion_cast %p : !tt.ptr<f32> to memref<f32>
  %v = memref.reinterpret_cast %m to offset: [%i], sizes: [1], strides: [1] : memref<f32> to memref<1xf32, strided<[1], offset: ?>>
  tt.return
}
