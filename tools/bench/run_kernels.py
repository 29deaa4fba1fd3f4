"""Instructions that the kernels execute on k1, and their speed on the host: prints one JSON object.

    python tools/bench/run_kernels.py [--kernels qk] [--size 64,64,64] [--dtype f32] [--repeats 5]

One block by default.  ``per_vector_fma`` divides the instructions by the multiply-adds that the products
need, taken 16 at a time (two registers of f32): 1 would be nothing but multiply-adds.  For qk the same
scores in plain C, vectorized by clang for the same core, stand next to it.
"""

from __future__ import annotations

from typing import Any

from smtir.runtime import KernelImage, compare, count_instructions, load
from smtir.targets import get_target, zig
from tools.bench.common import Problem, answer, arguments, median_seconds, problem, rounded

PLAIN_C = b"""
#include <stdint.h>
typedef int32_t i32;
void qk_c(const float *q, const float *k, float *out, i32 M, i32 N, i32 D, float scale, i32 sq, i32 sk,
          i32 so) {
  #pragma clang fp reassociate(on) contract(fast)
  for (i32 m = 0; m < M; m++)
    for (i32 n = 0; n < N; n++) {
      float sum = 0;
      for (i32 d = 0; d < D; d++) sum += q[(int64_t)m * sq + d] * k[(int64_t)n * sk + d];
      out[(int64_t)m * so + n] = sum * scale;
    }
}
void qk_c__grid(const float *q, const float *k, float *out, i32 M, i32 N, i32 D, float scale, i32 sq, i32 sk,
                i32 so, i32 gx, i32 gy, i32 gz, int64_t first, int64_t last) {
  if (first == 0) qk_c(q, k, out, M, N, D, scale, sq, sk, so);
}
"""


def measure(case: Problem, repeats: int) -> dict[str, Any]:
    """Figures of one kernel."""
    args = tuple(case.args.values())
    expected = case.spec.reference(case.args)
    emulated = case.load(case.compile("k1"))
    counted = count_instructions(emulated, args, case.grid)
    k1_error = max(compare(case.args[name], right).error for name, right in expected.items())
    host = case.load(case.compile("host"))
    seconds = median_seconds(lambda: host(*args, grid=case.grid, threads=1), repeats)
    host_error = max(compare(case.args[name], right).error for name, right in expected.items())
    fma = case.multiply_adds
    return {
        "instructions": counted.total,
        "per_vector_fma": rounded(counted.total / (fma / 16)),
        "by_function": dict(counted.by_function),
        "max_error_k1": float(f"{k1_error:.1e}"),
        "max_error_host": float(f"{host_error:.1e}"),
        "host_ms": rounded(1e3 * seconds, 4),
        "host_gflops": rounded(2 * fma / seconds / 1e9),
    }


def plain_c(case: Problem) -> dict[str, Any]:
    """Instructions of the same scores in C."""
    target = get_target("k1")
    image = KernelImage("qk_c", case.signature, target, "", zig.compile_c(target, PLAIN_C))
    counted = count_instructions(load(image), tuple(case.args.values()), 1)
    return {
        "instructions": counted.total,
        "per_vector_fma": rounded(counted.total / (case.multiply_adds / 16)),
    }


def main() -> None:
    """Measure each kernel at one size."""
    parser = arguments(__doc__, repeats=5)
    parser.add_argument("--size", default="64,64,64", help="M,N,D")
    parser.add_argument("--dtype", default="f32", choices=("f32", "f16"))
    options = parser.parse_args()
    m, n, d = map(int, options.size.split(","))
    results: dict[str, Any] = {}
    for name in options.kernels:
        case = problem(name, m, n, d, options.dtype)
        results[name] = measure(case, options.repeats)
        if name == "qk" and options.dtype == "f32":
            results["qk in C, clang -O2"] = plain_c(case)
    answer({"size": [m, n, d], "dtype": options.dtype, "kernels": results})


if __name__ == "__main__":
    main()
