// RUN: smtir opt %s --split-input-file --passes=canonicalize | filecheck %s

// CHECK: func.func @same
func.func @same() { return }

// CHECK: // -----
// -----

// CHECK: func.func @same
func.func @same() { return }
