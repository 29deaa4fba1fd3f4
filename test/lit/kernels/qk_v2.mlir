// RUN: smtir dump smtir.kernels:qk_v2 --stage ttir | filecheck %s --check-prefix=TTIR
// RUN: smtir dump smtir.kernels:qk_v2 --stage linalg | filecheck %s --check-prefix=LINALG

// Upstream's ops only, with the module attributes that spine-triton-opt asks for.
//         TTIR: module attributes {{.*}}tt.arch_id = {{.*}}tt.force_vector_interleave = 2 : i32{{.*}}tt.num_threads
//     TTIR-NOT: xsmt.insert
//         TTIR: xsmt.pack
//         TTIR: xsmt.mmt4d
//         TTIR: xsmt.unpack

//   LINALG-NOT: = {{"?}}xsmt.
//       LINALG: scf.forall
//       LINALG: linalg.pack {{.*}} outer_dims_perm = [0, 1] inner_dims_pos = [0, 1] inner_tiles = [8, 8]
//       LINALG: linalg.pack {{.*}} outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [16, 8]
//       LINALG: linalg.mmt4d
//       LINALG: linalg.unpack
