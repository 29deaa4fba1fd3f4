// RUN: smtir dump smtir.kernels:qk --stage linalg | filecheck %s --check-prefix=LINALG
// RUN: smtir dump smtir.kernels:qk --stage vector --target k1 | filecheck %s --check-prefix=VECTOR
// RUN: smtir dump smtir.kernels:qk --stage asm --target k1 | filecheck %s --check-prefix=ASM

// K is packed once, with its dims swapped; the accumulator's window is packed, updated and written back.
//   LINALG-NOT: = {{"?}}tt.
//   LINALG-NOT: = {{"?}}xsmt.
//       LINALG: %[[K:.*]] = linalg.pack {{.*}} outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [16, 8]
//   LINALG-NOT: linalg.transpose
//       LINALG: scf.forall {{.*}} in (2) shared_outs(%[[ACC:.*]] = %{{.*}})
//       LINALG:   %[[Q:.*]] = linalg.pack {{.*}} outer_dims_perm = [0, 1] inner_dims_pos = [0, 1] inner_tiles = [8, 8]
//       LINALG:   tensor.extract_slice %[[ACC]][%{{.*}}, 0] [32, 64]
//       LINALG:   %[[C:.*]] = linalg.pack {{.*}} inner_tiles = [8, 16]
//       LINALG:   %[[D:.*]] = linalg.mmt4d ins(%[[Q]], %[[K]] : {{.*}}) outs(%[[C]] :
//       LINALG:   linalg.unpack %[[D]]
//   LINALG-NOT: linalg.mmt4d
//   LINALG-NOT: linalg.transpose
//       LINALG: arith.mulf
//       LINALG: bufferization.materialize_in_destination

// The accumulators are carried by the innermost loop; nothing is allocated or copied in any loop.
//       VECTOR: func.func public @qk
//   VECTOR-NOT: memref.copy
//       VECTOR: scf.for
//   VECTOR-NOT: memref.alloc
//       VECTOR: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
//       VECTOR:   vector.fma
//       VECTOR:   scf.yield
//   VECTOR-NOT: memref.alloc
//   VECTOR-NOT: memref.copy
//       VECTOR: return

// In the k loop: f32 at LMUL 2, scalar times vector, no vector store, until the branch back.
//          ASM: vset{{i?}}vli {{.*}}, e32, m2
//          ASM: [[LOOP:\.LBB[0-9_]+]]:{{.*}}
//          ASM: vfmacc.vf
//      ASM-NOT: vse32.v
//      ASM-NOT: vs2r.v
//          ASM: {{^[[:space:]]+}}b{{[a-z]+}}
