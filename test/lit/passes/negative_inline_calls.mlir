// RUN: smtir opt %s --passes=inline-calls | filecheck %s

// A function that calls itself has no end, and one without a body is not known: the calls stay.
// CHECK-LABEL: tt.func public @kernel
//       CHECK:   tt.call @endless
//       CHECK:   tt.call @elsewhere
// CHECK-LABEL: tt.func private @endless
tt.func public @kernel(%n: i32) {
  %r = tt.call @endless(%n) : (i32) -> i32
  tt.call @elsewhere(%r) : (i32) -> ()
  tt.return
}
tt.func private @endless(%x: i32) -> i32 {
  %y = tt.call @endless(%x) : (i32) -> i32
  tt.return %y : i32
}
tt.func private @elsewhere(i32)
