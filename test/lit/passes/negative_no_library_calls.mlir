// What has no body is not ours to mark.
// RUN: smtir opt %s --passes=no-library-calls | filecheck %s

// CHECK: func.func private @elsewhere(f32)
// CHECK-NOT: passthrough
func.func private @elsewhere(f32)
