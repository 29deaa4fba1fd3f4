// What the verifiers and the reader say about the rest of tt.
//
// RUN: smtir opt %s --split-input-file --verify-diagnostics

tt.func @invalid() {
  // expected-error @below {{'w' is no program axis}}
  %0 = tt.get_program_id w : i32
  tt.return
}

// -----

tt.func @invalid() {
  // expected-error @below {{tt.get_program_id: result must be i32, got i64}}
  %0 = tt.get_program_id x : i64
  tt.return
}

// -----

tt.func @invalid() {
  // expected-error @below {{tt.get_num_programs: result must be i32, got i64}}
  %0 = tt.get_num_programs x : i64
  tt.return
}

// -----

tt.func @invalid() {
  // expected-error @below {{tt.call: there is no function @nowhere}}
  tt.call @nowhere() : () -> ()
  tt.return
}

// -----

tt.func @invalid(%x: i32) {
  // expected-error @below {{tt.call: @invalid has type (i32) -> (), called as () -> ()}}
  tt.call @invalid() : () -> ()
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8x4xf32>) {
  // expected-error @below {{tt.reduce: axis must be from 0 to 1, got 2}}
  %0 = "tt.reduce"(%x) <{axis = 2 : i32}> ({
  ^bb0(%a: f32, %b: f32):
    tt.reduce.return %a : f32
  }) : (tensor<8x4xf32>) -> tensor<4xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8x4xf32>) {
  // expected-error @below {{tt.reduce: expected results tensor<4xf32>, got tensor<8xf32>}}
  %0 = "tt.reduce"(%x) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %b: f32):
    tt.reduce.return %a : f32
  }) : (tensor<8x4xf32>) -> tensor<8xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8x4xf32>) {
  // expected-error @below {{tt.reduce: the region must take (f32, f32), got (f32)}}
  %0 = "tt.reduce"(%x) <{axis = 0 : i32}> ({
  ^bb0(%a: f32):
    tt.reduce.return %a : f32
  }) : (tensor<8x4xf32>) -> tensor<4xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8x4xf32>) {
  // expected-error @below {{tt.reduce: the region must return (f32), got (i32)}}
  %0 = "tt.reduce"(%x) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %b: f32):
    %i = arith.fptosi %a : f32 to i32
    tt.reduce.return %i : i32
  }) : (tensor<8x4xf32>) -> tensor<4xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8x4xf32>) {
  // expected-error @below {{tt.reduce: the region must end with tt.reduce.return}}
  %0 = "tt.reduce"(%x) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %b: f32):
    tt.scan.return %a : f32
  }) : (tensor<8x4xf32>) -> tensor<4xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8x4xf32>, %y: tensor<8xi32>) {
  // expected-error @below {{tt.reduce: expected operands of one shape, got tensor<8x4xf32> and tensor<8xi32>}}
  %0:2 = "tt.reduce"(%x, %y) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %b: i32, %c: f32, %d: i32):
    tt.reduce.return %a, %b : f32, i32
  }) : (tensor<8x4xf32>, tensor<8xi32>) -> (tensor<4xf32>, i32)
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8x4xf32>) {
  // expected-error @below {{tt.reduce has no custom assembly}}
  %0 = tt.reduce %x : tensor<8x4xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8x4xf32>) {
  // expected-error @below {{tt.scan: expected results tensor<8x4xf32>, got tensor<4xf32>}}
  %0 = "tt.scan"(%x) <{axis = 0 : i32, reverse = false}> ({
  ^bb0(%a: f32, %b: f32):
    tt.scan.return %a : f32
  }) : (tensor<8x4xf32>) -> tensor<4xf32>
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8x4xf32>) {
  // expected-error @below {{tt.scan: attribute reverse is missing: expected true or false}}
  %0 = "tt.scan"(%x) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %b: f32):
    tt.scan.return %a : f32
  }) : (tensor<8x4xf32>) -> tensor<4xf32>
  tt.return
}

// -----

tt.func @invalid(%x: f32) {
  // expected-error @below {{tt.reduce.return: expected to be in tt.reduce, found in func.func}}
  tt.reduce.return %x : f32
  tt.return
}

// -----

tt.func @invalid(%x: f32) {
  // expected-error @below {{tt.scan.return: expected to be in tt.scan, found in func.func}}
  tt.scan.return %x : f32
  tt.return
}

// -----

tt.func @invalid(%x: f32) {
  // expected-error @below {{tt.map_elementwise.return: expected to be in tt.map_elementwise, found in func.func}}
  tt.map_elementwise.return %x : f32
  tt.return
}

// -----

tt.func @invalid(%x: tensor<8x4xf32>) {
  // expected-error @below {{tt.map_elementwise: pack must be positive, got 0}}
  %0 = "tt.map_elementwise"(%x) <{pack = 0 : i32}> ({
  ^bb0(%a: f32):
    tt.map_elementwise.return %a : f32
  }) : (tensor<8x4xf32>) -> tensor<8x4xf32>
  tt.return
}

// -----

tt.func @invalid(%x: f32) {
  // expected-error @below {{tt.print: isSigned must have 1 entries, one for each value, got 0}}
  tt.print "x" {hex = false, isSigned = array<i32>} : %x : f32
  tt.return
}

// -----

tt.func @invalid(%x: f32) {
  // expected-error @below {{tt.assert: condition must be i1 or a tensor of i1, got f32}}
  tt.assert %x, "x" : f32
  tt.return
}

// -----

tt.func @invalid(%x: f32) {
  // expected-error @below {{unknown operation 'tt.laod'}}
  tt.laod %x : f32
  tt.return
}

// -----

tt.func @invalid(%x: f32) {
  // expected-error @below {{unknown operation tt.laod}}
  "tt.laod"(%x) : (f32) -> ()
  tt.return
}
