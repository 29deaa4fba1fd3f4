"""What the innermost loops of the products cost on the X60, per micro tile: prints one JSON object.

    python tools/bench/inner_loops.py [--kernels qk] [--tiles 8x16x8,8x32x32] [--size 64,64,64] [--dtype f32]

For each loop of the k1 assembly with vector multiply-adds: ``cycles`` an iteration by llvm-mca's model of the
core, ``fma_bound`` (cycles that the multiply-adds alone take at one register a cycle), ``flop_per_cycle``,
and their share of the formula peak for the type of the sums.  llvm-mca 22 is optional (``llvm-mca-22``, or
the program that ``SMTIR_LLVM_MCA`` names): without it these are null.  ``instructions_per_16`` is counted in
the emulator over the whole kernel, for each 16 multiply-adds of the products; ``max_error`` is against
float64.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smtir.runtime import compare, count_instructions
from tools.bench.common import Problem, answer, arguments, problem, rounded

TOOL_VARIABLE = "SMTIR_LLVM_MCA"
REGISTER_BITS = 256
ITERATIONS = 200
_FMA = re.compile(r"^vf(?:w?n?m(?:acc|add|sub|sac))\.v[vf]$")
_LABEL = re.compile(r"^(\.LBB\w+):")
_SET = re.compile(r"^vseti?vli$")
_FMA_FUNCT6 = range(0x28, 0x30)
_WIDENING_FMA_FUNCT6 = range(0x3C, 0x40)


@dataclass(frozen=True)
class Loop:
    """An innermost loop: its instructions, its multiply-adds, and the vector type they work on.

    ``sew`` is the element width of the sums in bits, ``lmul`` the number of registers a sum has: twice
    those of the operands where the multiply-adds widen.
    """

    label: str
    body: tuple[str, ...]
    fma: int
    sew: int
    lmul: float

    @property
    def fma_bound(self) -> float:
        """Cycles that the multiply-adds take at one register a cycle."""
        return self.fma * max(self.lmul, 1.0)

    @property
    def flop(self) -> float:
        """Floating-point operations of one iteration."""
        return self.fma * 2 * REGISTER_BITS * self.lmul / self.sew


def peak_flop_per_cycle(sew: int) -> int:
    """The formula peak of a core: one register of multiply-adds a cycle."""
    return 2 * REGISTER_BITS // sew


def fma_loops(assembly: str) -> list[Loop]:
    """The innermost loops in ``assembly`` with vector multiply-adds.

    The vector type is that of the last ``vsetvli`` above the first multiply-add.
    """
    lines: list[tuple[str, str]] = []
    for line in assembly.splitlines():
        text = line.partition("#")[0].strip()
        if text and (not text.startswith(".") or _LABEL.match(text)):
            lines.append((text.split()[0], text))
    starts: dict[str, int] = {}
    found: list[Loop] = []
    for place, (word, text) in enumerate(lines):
        if label := _LABEL.match(text):
            starts[label[1]] = place
            continue
        target = text.rpartition(",")[2].strip() if word.startswith(("b", "j")) else ""
        start = starts.get(target.split()[-1] if target else "")
        if start is None:
            continue
        body = lines[start + 1 : place + 1]
        inner = any(_LABEL.match(one) for _, one in body)
        fma = [at for at, (name, _) in enumerate(body) if _FMA.match(name)]
        if inner or not fma:
            continue
        above = [one for name, one in lines[: start + 1 + fma[0]] if _SET.match(name)]
        sew, lmul = _vector_type(above[-1]) if above else (32, 1.0)
        if body[fma[0]][0].startswith("vfw"):
            sew, lmul = 2 * sew, 2 * lmul
        found.append(
            Loop(lines[start][1].partition(":")[0], tuple(one for _, one in body), len(fma), sew, lmul)
        )
    return found


def _vector_type(instruction: str) -> tuple[int, float]:
    """``e32`` and ``m2`` of a ``vsetvli`` as numbers."""
    sew = re.search(r"\be(\d+)\b", instruction)
    lmul = re.search(r"\bm(f?)(\d+)\b", instruction)
    width, count = int(sew[1]) if sew else 32, int(lmul[2]) if lmul else 1
    return width, 1 / count if lmul and lmul[1] else float(count)


def find_mca() -> str | None:
    """llvm-mca 22: ``SMTIR_LLVM_MCA``, or ``llvm-mca-22`` on ``PATH``."""
    return shutil.which(os.environ.get(TOOL_VARIABLE) or "llvm-mca-22")


def cycles(loop: Loop, tool: str) -> float:
    """Cycles of one iteration by llvm-mca's model of the X60."""
    widens = any(line.startswith("vfw") for line in loop.body)
    sew, operand = (loop.sew // 2, loop.lmul / 2) if widens else (loop.sew, loop.lmul)
    lmul = f"M{operand:g}" if operand >= 1 else f"MF{1 / operand:g}"
    text = "\n".join(
        [f"# LLVM-MCA-RISCV-SEW E{sew}", f"# LLVM-MCA-RISCV-LMUL {lmul}", f"{loop.label}:", *loop.body]
    )
    command = [tool, "-mtriple=riscv64", "-mcpu=spacemit-x60", "-json", f"-iterations={ITERATIONS}"]
    done = subprocess.run(command, input=text + "\n", capture_output=True, text=True, check=True)
    summary = json.loads(done.stdout)["CodeRegions"][0]["SummaryView"]
    return float(summary["TotalCycles"]) / ITERATIONS


def executed_fma(program: bytes, by_address: Mapping[int, int]) -> int:
    """How often a vector floating-point multiply-add was executed."""
    total = 0
    for address, count in by_address.items():
        word = _word(program, address)
        # OP-V with funct3 OPFVV (1) or OPFVF (5).
        if word & 0x7F == 0x57 and (word >> 12) & 7 in (1, 5):
            funct6 = word >> 26
            total += count if funct6 in _FMA_FUNCT6 or funct6 in _WIDENING_FMA_FUNCT6 else 0
    return total


def _word(program: bytes, address: int) -> int:
    """The 32 bits at ``address`` of a linked ELF program, through its loadable segments."""
    offset = int.from_bytes(program[32:40], "little")
    size, count = (int.from_bytes(program[at : at + 2], "little") for at in (54, 56))
    for index in range(count):
        header = program[offset + index * size : offset + (index + 1) * size]
        kind = int.from_bytes(header[0:4], "little")
        place, start, length = (int.from_bytes(header[at : at + 8], "little") for at in (8, 16, 32))
        if kind == 1 and start <= address < start + length:
            at = place + address - start
            return int.from_bytes(program[at : at + 4], "little")
    raise ValueError(f"no segment holds {address:#x}")


def intensity(case: Problem) -> float:
    """Operations for each byte of the operands and the result of the scores, each moved once."""
    m, n, d = (int(case.args[name]) for name in ("M", "N", "D"))
    width = {"f32": 4, "f16": 2}[case.dtype]
    return 2 * m * n * d / (width * (m * d + n * d + m * n))


def measure(case: Problem, tool: str | None) -> dict[str, Any]:
    """Figures of one kernel with one micro tile."""
    expected = case.spec.reference(case.args)
    compiled = case.compile("k1")
    loaded: Any = case.load(compiled)
    counted = count_instructions(loaded, tuple(case.args.values()), case.grid)
    error = max(compare(case.args[name], right).error for name, right in expected.items())
    loops = []
    for loop in fma_loops(compiled.stages["asm"]):
        took = cycles(loop, tool) if tool else None
        rate = loop.flop / took if took else None
        loops.append(
            {
                "label": loop.label,
                "type": f"e{loop.sew}, m{loop.lmul:g}",
                "fma": loop.fma,
                "cycles": rounded(took) if took else None,
                "fma_bound": loop.fma_bound,
                "flop_per_cycle": rounded(rate) if rate else None,
                "share_of_peak": rounded(rate / peak_flop_per_cycle(loop.sew)) if rate else None,
            }
        )
    fma = executed_fma(loaded.program, counted.by_address)
    return {
        "instructions": counted.total,
        "fma": fma,
        "instructions_per_16": rounded(16 * counted.total / case.multiply_adds),
        "flop_per_byte": rounded(intensity(case)),
        "max_error": float(f"{error:.1e}"),
        "loops": loops,
    }


def main() -> None:
    """Measure each kernel with each tile."""
    parser = arguments(__doc__, repeats=1)
    parser.add_argument("--tiles", default="8x16x8", help="MxNxK, separated by commas")
    parser.add_argument("--size", default="64,64,64", help="M,N,D")
    parser.add_argument("--dtype", default="f32", choices=("f32", "f16"))
    options = parser.parse_args()
    m, n, d = map(int, options.size.split(","))
    tool = find_mca()
    results: dict[str, Any] = {}
    for name in options.kernels:
        for tile in options.tiles.split(","):
            micro = dict(zip(("MICRO_M", "MICRO_N", "MICRO_K"), map(int, tile.split("x")), strict=True))
            case = problem(name, m, n, d, options.dtype)
            results[f"{name} {tile}"] = measure(case._replace(constexprs={**case.constexprs, **micro}), tool)
    answer({"llvm_mca": bool(tool), "size": [m, n, d], "dtype": options.dtype, "kernels": results})


if __name__ == "__main__":
    main()
