"""How long reading, printing and verifying TTIR takes: prints one JSON object.

    python tools/bench/read_ttir.py [--lines 10000] [--rounds 3]

The module has as many attention-like functions as make up the lines, with locations, as Triton prints
them.  Times are the best of the rounds, in seconds; ``ms_per_1000_lines`` is what smtir adds to MLIR's
own parser and printer.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

from smtir.asm.reader import translate
from smtir.dialects import parse_module, print_module, verify_module
from smtir.mlir import context, ir

FUNCTION = """\
  tt.func public @kernel{n}(%q: !tt.ptr<f16> {{tt.divisibility = 16 : i32}} loc("q"(#loc)), %m: i32 loc("m"(#loc)), %n: i32 loc("n"(#loc))) attributes {{noinline = false}} {{
    %zero = arith.constant dense<0.000000e+00> : tensor<64x64xf32> loc(#loc1)
    %c0 = arith.constant 0 : i32 loc(#loc1)
    %c1 = arith.constant 1 : i64 loc(#loc1)
    %c64 = arith.constant 64 : i32 loc(#loc1)
    %c64_i64 = arith.constant 64 : i64 loc(#loc1)
    %pid = tt.get_program_id x : i32 loc(#loc2)
    %row = arith.muli %pid, %c64 : i32 loc(#loc2)
    %rows = arith.extsi %m : i32 to i64 loc(#loc2)
    %a = tt.make_tensor_ptr %q, [%rows, %c64_i64], [%c64_i64, %c1], [%row, %c0] {{order = array<i32: 1, 0>}} : <tensor<64x64xf16>> loc(#loc3)
    %b = tt.make_tensor_ptr %q, [%c64_i64, %rows], [%c1, %c64_i64], [%c0, %row] {{order = array<i32: 0, 1>}} : <tensor<64x64xf16>> loc(#loc3)
    %x = tt.load %a {{boundaryCheck = array<i32: 0, 1>, padding = 1 : i32}} : !tt.ptr<tensor<64x64xf16>> loc(#loc3)
    %acc:2 = scf.for %k = %c0 to %n step %c64 iter_args(%p = %b, %sum = %zero) -> (!tt.ptr<tensor<64x64xf16>>, tensor<64x64xf32>)  : i32 {{
      %y = tt.load %p {{boundaryCheck = array<i32: 1>, padding = 1 : i32}} : !tt.ptr<tensor<64x64xf16>> loc(#loc4)
      %s = tt.dot %x, %y, %zero, inputPrecision = tf32 : tensor<64x64xf16> * tensor<64x64xf16> -> tensor<64x64xf32> loc(#loc4)
      %cols = tt.make_range {{end = 64 : i32, start = 0 : i32}} : tensor<64xi32> loc(#loc4)
      %cols2 = tt.splat %k : i32 -> tensor<64xi32> loc(#loc4)
      %cols3 = arith.addi %cols, %cols2 : tensor<64xi32> loc(#loc4)
      %cols4 = tt.expand_dims %cols3 {{axis = 0 : i32}} : tensor<64xi32> -> tensor<1x64xi32> loc(#loc4)
      %limit = tt.splat %n : i32 -> tensor<1x64xi32> loc(#loc4)
      %ok = arith.cmpi slt, %cols4, %limit : tensor<1x64xi32> loc(#loc4)
      %mask = tt.broadcast %ok : tensor<1x64xi1> -> tensor<64x64xi1> loc(#loc4)
      %t = arith.select %mask, %s, %zero : tensor<64x64xi1>, tensor<64x64xf32> loc(#loc4)
      %top = "tt.reduce"(%t) <{{axis = 1 : i32}}> ({{
      ^bb0(%l: f32 loc(#loc4), %r: f32 loc(#loc4)):
        %max = arith.maxnumf %l, %r : f32 loc(#loc4)
        tt.reduce.return %max : f32 loc(#loc4)
      }}) : (tensor<64x64xf32>) -> tensor<64xf32> loc(#loc4)
      %top2 = tt.expand_dims %top {{axis = 1 : i32}} : tensor<64xf32> -> tensor<64x1xf32> loc(#loc4)
      %top3 = tt.broadcast %top2 : tensor<64x1xf32> -> tensor<64x64xf32> loc(#loc4)
      %d = arith.subf %t, %top3 : tensor<64x64xf32> loc(#loc4)
      %e = math.exp %d : tensor<64x64xf32> loc(#loc4)
      %sum2 = arith.addf %sum, %e : tensor<64x64xf32> loc(#loc4)
      %next = tt.advance %p, [%c0, %c64] : <tensor<64x64xf16>> loc(#loc4)
      scf.yield %next, %sum2 : !tt.ptr<tensor<64x64xf16>>, tensor<64x64xf32> loc(#loc4)
    }} loc(#loc4)
    %out = tt.make_tensor_ptr %q, [%rows, %c64_i64], [%c64_i64, %c1], [%row, %c0] {{order = array<i32: 1, 0>}} : <tensor<64x64xf16>> loc(#loc3)
    %half = arith.truncf %acc#1 : tensor<64x64xf32> to tensor<64x64xf16> loc(#loc3)
    tt.store %out, %half {{boundaryCheck = array<i32: 0, 1>}} : !tt.ptr<tensor<64x64xf16>> loc(#loc3)
    tt.return loc(#loc3)
  }} loc(#loc)
"""  # noqa: E501  (IR as Triton prints it)
HEAD = '#loc = loc("kernel.py":3:0)\nmodule {\n'
TAIL = "} loc(#loc)\n" + "".join(f'#loc{n} = loc("kernel.py":{n + 3}:4)\n' for n in range(1, 5))


def module_text(lines: int) -> str:
    """TTIR of at least ``lines`` lines."""
    count = -(-lines // FUNCTION.count("\n"))
    return HEAD + "".join(FUNCTION.format(n=n) for n in range(count)) + TAIL


def best_of(rounds: int, action: Callable[[], Any]) -> float:
    """The shortest of ``rounds`` runs, in seconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def measure(lines: int, rounds: int) -> dict[str, Any]:
    """Times in seconds, and milliseconds a thousand lines."""
    text = module_text(lines)
    count = text.count("\n")
    generic = translate(text).text

    def parse_only() -> None:
        with context():
            ir.Operation.parse(generic)

    module = parse_module(text)

    def print_only() -> None:
        module.operation.get_asm(enable_debug_info=True, assume_verified=True, use_name_loc_as_prefix=True)

    seconds = {
        "read": best_of(rounds, lambda: parse_module(text)),
        "mlir_parse": best_of(rounds, parse_only),
        "print": best_of(rounds, lambda: print_module(module, locations=True)),
        "mlir_print": best_of(rounds, print_only),
        "verify": best_of(rounds, lambda: verify_module(module)),
    }
    return {
        "benchmark": "read_ttir",
        "lines": count,
        "seconds": {name: round(value, 4) for name, value in seconds.items()},
        "ms_per_1000_lines": {
            "read": round((seconds["read"] - seconds["mlir_parse"]) * 1e6 / count, 2),
            "print": round((seconds["print"] - seconds["mlir_print"]) * 1e6 / count, 2),
            "verify": round(seconds["verify"] * 1e6 / count, 2),
        },
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.lines, arguments.rounds), indent=2))


if __name__ == "__main__":
    main()
