// RUN: smtir opt %s --passes=addresses-to-llvm | filecheck %s

// CHECK-LABEL: func.func @read
//       CHECK:   %[[NUMBER:.*]] = arith.index_cast %{{.*}} : index to i64
//       CHECK:   %[[POINTER:.*]] = llvm.inttoptr %[[NUMBER]] : i64 to !llvm.ptr
//       CHECK:   llvm.insertvalue %[[POINTER]], %{{.*}}[0]
//       CHECK:   llvm.insertvalue %[[POINTER]], %{{.*}}[1]
//       CHECK:   %[[MADE:.*]] = llvm.insertvalue %{{.*}}, %{{.*}}[2]
//       CHECK:   %[[MEMORY:.*]] = builtin.unrealized_conversion_cast %[[MADE]] {{.*}} to memref<f32>
//       CHECK:   memref.load %[[MEMORY]][]
func.func @read(%address: index) -> f32 {
  %memory = builtin.unrealized_conversion_cast %address : index to memref<f32>
  %x = memref.load %memory[] : memref<f32>
  return %x : f32
}
