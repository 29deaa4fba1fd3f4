// RUN: smtir dump smtir.kernels:attention_hybrid --stage linalg | filecheck %s --check-prefixes=COMMON,HYBRID
// RUN: smtir dump smtir.kernels:attention_smt --stage linalg | filecheck %s --check-prefixes=COMMON,SMT
// RUN: smtir dump smtir.kernels:attention_v2 --stage linalg | filecheck %s --check-prefixes=COMMON,V2
// RUN: smtir dump smtir.kernels:attention_smt --stage asm --target k1 | filecheck %s --check-prefix=ASM

// The statistics and the output are carried over the blocks of keys; columns past N are masked.
//   COMMON-NOT: = {{"?}}tt.
//   COMMON-NOT: = {{"?}}xsmt.
//       COMMON: scf.for {{.*}} -> ({{.*}}tensor<64xf32>, tensor<64xf32>, tensor<64x64xf32>)
//       COMMON: linalg.pack {{.*}} outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [16, 8]
//       COMMON: linalg.mmt4d
//       COMMON: arith.cmpi slt
//       COMMON: arith.select
//       COMMON: linalg.reduce { arith.maxnumf }
//       COMMON: math.exp
//       COMMON: linalg.reduce { arith.addf }

//       HYBRID: linalg.matmul
//   HYBRID-NOT: linalg.mmt4d

//          SMT: linalg.mmt4d
//      SMT-NOT: linalg.matmul

//           V2: linalg.mmt4d
//       V2-NOT: linalg.matmul

// No call of a library: exp is vector code.
//      ASM-NOT: {{^[[:space:]]+(call|tail)[[:space:]]}}
//          ASM: vfredmax.vs
//      ASM-NOT: {{^[[:space:]]+(call|tail)[[:space:]]}}
//          ASM: vfmacc.vf
//      ASM-NOT: {{^[[:space:]]+(call|tail)[[:space:]]}}
//          ASM: .size attention_smt,
