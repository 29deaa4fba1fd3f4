// Program ids, calls, reductions and diagnostics read and print as Triton prints them.
//
// RUN: smtir opt %s | filecheck %s
// RUN: smtir opt %s --print-generic | smtir opt - | filecheck %s
// RUN: smtir opt %s --print-generic | filecheck %s --check-prefix=GENERIC

// CHECK-LABEL: tt.func @ops
// GENERIC-LABEL: sym_name = "ops"
tt.func @ops(%f: f32, %x: tensor<64x32xf32>, %y: tensor<64xf32>, %n: tensor<64xi32>, %m: tensor<64xi1>) {
  // CHECK: tt.get_program_id x : i32
  // GENERIC: "tt.get_program_id"() {axis = 0 : i32} : () -> i32
  %0 = tt.get_program_id x : i32
  // CHECK: tt.get_program_id z : i32
  // GENERIC: "tt.get_program_id"() {axis = 2 : i32} : () -> i32
  %1 = tt.get_program_id z : i32
  // CHECK: tt.get_num_programs y : i32
  // GENERIC: "tt.get_num_programs"() {axis = 1 : i32} : () -> i32
  %2 = tt.get_num_programs y : i32
  // CHECK: "tt.reduce"(%{{.*}}) <{axis = 1 : i32}> ({
  // GENERIC: "tt.reduce"(%{{.*}}) ({
  %3 = "tt.reduce"(%x) <{axis = 1 : i32}> ({
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    // CHECK: tt.reduce.return %{{.*}} : f32
    // GENERIC: "tt.reduce.return"(%{{.*}}) : (f32) -> ()
    tt.reduce.return %s : f32
  // CHECK-NEXT: }) : (tensor<64x32xf32>) -> tensor<64xf32>
  // GENERIC-NEXT: }) {axis = 1 : i32} : (tensor<64x32xf32>) -> tensor<64xf32>
  }) : (tensor<64x32xf32>) -> tensor<64xf32>
  // CHECK: "tt.reduce"(%{{.*}}, %{{.*}}) <{axis = 0 : i32}> ({
  // GENERIC: "tt.reduce"(%{{.*}}, %{{.*}}) ({
  %4:2 = "tt.reduce"(%y, %n) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %b: i32, %c: f32, %d: i32):
    // CHECK: tt.reduce.return %{{.*}}, %{{.*}} : f32, i32
    tt.reduce.return %a, %b : f32, i32
  // CHECK-NEXT: }) {name = "argmax"} : (tensor<64xf32>, tensor<64xi32>) -> (f32, i32)
  }) {name = "argmax"} : (tensor<64xf32>, tensor<64xi32>) -> (f32, i32)
  // CHECK: "tt.scan"(%{{.*}}) <{axis = 0 : i32, reverse = false}> ({
  // GENERIC: "tt.scan"(%{{.*}}) ({
  %5 = "tt.scan"(%y) <{axis = 0 : i32, reverse = false}> ({
  ^bb0(%a: f32, %b: f32):
    // CHECK: tt.scan.return %{{.*}} : f32
    tt.scan.return %a : f32
  // CHECK-NEXT: }) : (tensor<64xf32>) -> tensor<64xf32>
  }) : (tensor<64xf32>) -> tensor<64xf32>
  // CHECK: "tt.map_elementwise"(%{{.*}}) <{pack = 1 : i32}> ({
  // GENERIC: "tt.map_elementwise"(%{{.*}}) ({
  %6 = "tt.map_elementwise"(%y) <{pack = 1 : i32}> ({
  ^bb0(%a: f32):
    // CHECK: tt.map_elementwise.return %{{.*}} : f32
    tt.map_elementwise.return %a : f32
  // CHECK-NEXT: }) : (tensor<64xf32>) -> tensor<64xf32>
  }) : (tensor<64xf32>) -> tensor<64xf32>
  // CHECK: tt.print " tt.load %{{.*}}: " {hex = false, isSigned = array<i32: 0, 1>} : %{{.*}}, %{{.*}} : tensor<64xf32>, tensor<64xi32>
  // GENERIC: "tt.print"(%{{.*}}, %{{.*}}) {hex = false, isSigned = array<i32: 0, 1>, prefix = " tt.load %{{.*}}: "} : (tensor<64xf32>, tensor<64xi32>) -> ()
  tt.print " tt.load %x: " {hex = false, isSigned = array<i32: 0, 1>} : %y, %n : tensor<64xf32>, tensor<64xi32>
  // CHECK: tt.print "nothing" {hex = true, isSigned = array<i32>}
  // GENERIC: "tt.print"() {hex = true, isSigned = array<i32>, prefix = "nothing"} : () -> ()
  tt.print "nothing" {hex = true, isSigned = array<i32>}
  // CHECK: tt.assert %{{.*}}, "a \22quote\22" : tensor<64xi1>
  // GENERIC: "tt.assert"(%{{.*}}) {message = "a \22quote\22"} : (tensor<64xi1>) -> ()
  tt.assert %m, "a \22quote\22" : tensor<64xi1>
  // CHECK: tt.return
  // GENERIC: "tt.return"()
  tt.return
}
