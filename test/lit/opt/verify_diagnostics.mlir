// RUN: smtir opt %s --split-input-file --verify-diagnostics --passes=canonicalize

func.func @undeclared() -> i32 {
  // expected-error @+1 {{use of undeclared SSA value name}}
  return %missing : i32
}

// -----

func.func @types(%a: i32) -> f32 {
  // expected-error-re @below {{type {{.*}}'i32'{{.*}} doesn't match function result type {{.*}}'f32'}}
  return %a : i32
}
