// RUN: smtir opt %s --passes=no-library-calls | filecheck %s
// RUN: smtir opt %s --passes=no-library-calls,no-library-calls | filecheck %s

// CHECK: func.func @plain() attributes {passthrough = ["no-builtins"]}
func.func @plain() { return }

// CHECK: func.func @marked() attributes {passthrough = ["nounwind", "no-builtins"]}
func.func @marked() attributes {passthrough = ["nounwind"]} { return }
