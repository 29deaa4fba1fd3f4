// RUN: smtir opt %s --passes=triton-kernel-signature | filecheck %s

// A load that an earlier pass left keeps its pointer operand; the stage's check names the load.
// CHECK-LABEL: func @left_over
//       CHECK:   tt.load
tt.func @left_over(%p: !tt.ptr<f32>) {
  %x = tt.load %p : !tt.ptr<f32>
  tt.return
}
