"""Derive the coefficients of elementary and special functions: `python -m tools.derive_polynomials`.

Each polynomial is a minimax fit (Remez exchange in 320-bit arithmetic) of one of the functions in
``fits`` and in ``tools.special_fits``.  Coefficients are then rounded to the element type one after the
other, lowest order first, and the rest is fitted again after each, so that later ones make up for the
rounding of earlier ones.

Prints the largest weighted error of each fit, as a power of two, and rewrites ``coefficients.py`` in
smtir/rewrite/elementary and smtir/language/library.
With ``--check`` nothing is written; the exit code tells whether the file is up to date.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import mpmath
from mpmath import mp, mpf

from tools.special_fits import constants as special_constants
from tools.special_fits import specs as special_specs

OUTPUT = Path(__file__).resolve().parents[1] / "smtir" / "rewrite" / "elementary" / "coefficients.py"
SPECIAL_OUTPUT = OUTPUT.parents[2] / "language" / "library" / "coefficients.py"
PRECISION_BITS = 320
Function = Callable[[mpf], mpf]


@dataclass(frozen=True)
class Fit:
    """A polynomial of ``degree`` close to ``function`` on [low, high].

    The error that is made small is ``weight(x) * (function(x) - polynomial(x))``.
    """

    name: str
    what: str
    function: Function
    weight: Function
    low: mpf
    high: mpf
    degree: int
    mantissa_bits: int
    rounded_in_turn: int = 4


def round_to(value: mpf, mantissa_bits: int) -> mpf:
    """Nearest number with ``mantissa_bits`` bits."""
    with mp.workprec(mantissa_bits):
        return +value


def evaluate(coefficients: Sequence[mpf], x: mpf) -> mpf:
    """Horner, coefficients lowest order first."""
    total = mpf(0)
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total


def chebyshev_points(low: mpf, high: mpf, count: int) -> list[mpf]:
    """Extrema of the Chebyshev polynomial of degree ``count - 1``, ascending."""
    middle, radius = (low + high) / 2, (high - low) / 2
    return [middle - radius * mpmath.cos(mp.pi * i / (count - 1)) for i in range(count)]


def remez(fit: Fit, fixed: Sequence[mpf]) -> tuple[list[mpf], mpf]:
    """Coefficients after the ``fixed`` first ones, and the largest weighted error."""
    start, free = len(fixed), fit.degree + 1 - len(fixed)
    # A point where the weight is zero says nothing: start beside it.
    aside = (fit.high - fit.low) / 64
    points = [
        x + aside if fit.weight(x) < mpf(2) ** -100 else x
        for x in chebyshev_points(fit.low, fit.high, free + 1)
    ]
    grid = chebyshev_points(fit.low, fit.high, 24 * (free + 2))
    targets = [fit.function(x) for x in grid]
    weights = [fit.weight(x) for x in grid]
    best: tuple[list[mpf], mpf] | None = None
    for _ in range(12):
        matrix, right = mpmath.matrix(free + 1), mpmath.matrix(free + 1, 1)
        for row, x in enumerate(points):
            weight = fit.weight(x)
            for column in range(free):
                matrix[row, column] = weight * x ** (start + column)
            matrix[row, free] = (-1) ** row
            right[row] = weight * (fit.function(x) - evaluate(fixed, x))
        solution = mpmath.lu_solve(matrix, right)
        coefficients = [*fixed, *(solution[i] for i in range(free))]
        errors = [
            weight * (target - evaluate(coefficients, x))
            for x, target, weight in zip(grid, targets, weights, strict=True)
        ]
        largest = max(map(abs, errors))
        if best is None or largest < best[1]:
            best = coefficients, largest
        extrema = alternating_extrema(errors)
        levelled = abs(solution[free])
        if len(extrema) < free + 1 or largest - levelled < levelled / 100:
            break
        while len(extrema) > free + 1:
            extrema.pop(0 if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]) else -1)
        points = [grid[i] for i in extrema]
    assert best is not None
    return best


def alternating_extrema(errors: Sequence[mpf]) -> list[int]:
    """Index of the largest error in each run of one sign."""
    found: list[int] = []
    for i, error in enumerate(errors):
        if found and (error > 0) == (errors[found[-1]] > 0):
            if abs(error) > abs(errors[found[-1]]):
                found[-1] = i
        else:
            found.append(i)
    return found


def derive(fit: Fit) -> tuple[list[float], mpf]:
    """Rounded coefficients, lowest order first, and the largest weighted error that they leave."""
    fixed: list[mpf] = []
    for _ in range(min(fit.rounded_in_turn, fit.degree + 1)):
        coefficients, _error = remez(fit, fixed)
        fixed.append(round_to(coefficients[len(fixed)], fit.mantissa_bits))
    coefficients = fixed if len(fixed) == fit.degree + 1 else remez(fit, fixed)[0]
    rounded = [round_to(coefficient, fit.mantissa_bits) for coefficient in coefficients]
    error = max(
        abs(fit.weight(x) * (fit.function(x) - evaluate(rounded, x)))
        for x in chebyshev_points(fit.low, fit.high, 301)
    )
    return [float(coefficient) for coefficient in rounded], error


def exp_tail(r: mpf) -> mpf:
    """(e^r - 1 - r) / r^2."""
    return mpf("0.5") + r / 6 if abs(r) < mpf(2) ** -60 else (mpmath.expm1(r) - r) / r**2


def exp2_tail(r: mpf) -> mpf:
    """(2^r - 1) / r."""
    return mpmath.log(2) if abs(r) < mpf(2) ** -120 else mpmath.expm1(r * mpmath.log(2)) / r


def log_tail(f: mpf) -> mpf:
    """(log(1 + f) - f) / f^2."""
    return mpf("-0.5") + f / 3 if abs(f) < mpf(2) ** -60 else (mpmath.log1p(f) - f) / f**2


def odd_tail(function: Function, at_zero: mpf) -> Function:
    """(function(x) - x) / x^3 as a function of z = x^2."""

    def tail(z: mpf) -> mpf:
        x = mpmath.sqrt(z)
        return at_zero if z < mpf(2) ** -60 else (function(x) - x) / x**3

    return tail


def relative(power: int, function: Function) -> Function:
    """Weight that makes the error of ``... + x^power p(x)`` relative to ``function(x)``."""
    return lambda x: mpf(0) if x == 0 else abs(x**power / function(x))


def odd_weight(function: Function) -> Function:
    """Weight that makes the error of ``x + x^3 p(x^2)`` relative to ``function(x)``, for x^2."""
    return lambda z: relative(3, function)(mpmath.sqrt(z))


def erf_ratio(z: mpf) -> mpf:
    """Function erf(x) / x - 1 of z = x^2."""
    x = mpmath.sqrt(z)
    return 2 / mpmath.sqrt(mp.pi) - 1 if z < mpf(2) ** -120 else mpmath.erf(x) / x - 1


def erf_ratio_weight(z: mpf) -> mpf:
    """Weight that makes the error of ``x + x p(x^2)`` relative to erf(x)."""
    return 1 / (erf_ratio(z) + 1)


def scaled_erfc(t: mpf) -> mpf:
    """erfc(x) e^(x^2), where t = 2 / (2 + x)."""
    x = 2 / t - 2
    return mpmath.erfc(x) * mpmath.exp(x * x)


def exp_third_tail(r: mpf) -> mpf:
    """(e^r - 1 - r - r^2 / 2) / r^3."""
    return mpf(1) / 6 + r / 24 if abs(r) < mpf(2) ** -60 else (mpmath.expm1(r) - r - r**2 / 2) / r**3


def quotient_log_tail(z: mpf) -> mpf:
    """(atanh(s) / s - 1 - z / 3 - z^2 / 5) / z^3 as a function of z = s^2."""
    s = mpmath.sqrt(z)
    if z < mpf(2) ** -40:
        return mpf(1) / 7 + z / 9 + z**2 / 11
    return (mpmath.atanh(s) / s - 1 - z / 3 - z**2 / 5) / z**3


def level_erfcx(w: mpf) -> mpf:
    """erfc(x) e^(x^2) (x + 1), where w = (x - 2) / (x + 2): between 0.56 and 1 for all x from 0 on."""
    if w == 1:
        return 1 / mpmath.sqrt(mp.pi)
    x = 2 * (1 + w) / (1 - w)
    if x > 10**6:
        return (1 - 1 / (2 * x * x) + 3 / (4 * x**4)) * (1 + 1 / x) / mpmath.sqrt(mp.pi)
    return mpmath.erfc(x) * mpmath.exp(x * x) * (x + 1)


def cos_tail(z: mpf) -> mpf:
    """(cos(x) - 1 + x^2 / 2) / x^4 as a function of z = x^2."""
    return mpf(1) / 24 - z / 720 if z < mpf(2) ** -40 else (mpmath.cos(mpmath.sqrt(z)) - 1 + z / 2) / z**2


def fits() -> list[Fit]:
    """Every polynomial that smtir uses."""
    ln2, third, end = mpmath.log(2), mpf(1) / 3, mpf("0.9375")
    # Rounding may put an argument a little past the border of its interval.
    slack = 1 + mpf(2) ** -16
    quarter_turn_squared = (mp.pi / 4) ** 2 * (1 + mpf(2) ** -10)

    def symmetric(
        name: str, what: str, tail: Function, weight: Function, radius: mpf, degree: int, bits: int
    ) -> Fit:
        return Fit(name, what, tail, weight, -radius * slack, radius * slack, degree, bits)

    every: list[Fit] = []
    for suffix, bits, exp_degree, log_degree in (("F32", 24, 5, 8), ("F64", 53, 11, 20)):
        what = "(e^r - 1 - r) / r^2, |r| <= log 2; error relative to e^r"
        every.append(
            symmetric(f"EXP_{suffix}", what, exp_tail, relative(2, mpmath.exp), ln2, exp_degree, bits)
        )
        what = "(2^r - 1) / r, |r| <= 1; error relative to 2^r"
        weight = relative(1, lambda r: mpf(2) ** r)
        every.append(
            symmetric(f"EXP2_{suffix}", what, exp2_tail, weight, mpf(1) / slack, exp_degree + 1, bits)
        )
        what = "(log(1 + f) - f) / f^2, |f| <= 1/3; error relative to log(1 + f)"
        weight = relative(2, mpmath.log1p)
        every.append(symmetric(f"LOG_{suffix}", what, log_tail, weight, third, log_degree, bits))

    what = "(e^r - 1 - r) / r^2, |r| <= log(2) / 2; error relative to e^r - 1"
    every.append(symmetric("EXPM1_F32", what, exp_tail, relative(2, mpmath.expm1), ln2 / 2, 5, 24))
    what = "(tanh(x) - x) / x^3 of x^2, |x| <= 5/8; error relative to tanh(x)"
    tail, weight = odd_tail(mpmath.tanh, -third), odd_weight(mpmath.tanh)
    every.append(Fit("TANH_F32", what, tail, weight, mpf(0), mpf("0.625") ** 2, 4, 24))
    what = "erf(x) / x - 1 of x^2, |x| <= 15/16; error relative to erf(x)"
    every.append(Fit("ERF_F32", what, erf_ratio, erf_ratio_weight, mpf(0), end**2, 6, 24))
    what = "log(erfc(a)), 15/16 <= a <= 4; the error that it makes in erfc(a)"
    every.append(
        Fit("ERFC_LOG_F32", what, lambda a: mpmath.log(mpmath.erfc(a)), mpmath.erfc, end, mpf(4), 8, 24)
    )
    what = "(sin(r) - r) / r^3 of r^2, |r| <= pi/4; error relative to sin(r)"
    tail, weight = odd_tail(mpmath.sin, -mpf(1) / 6), odd_weight(mpmath.sin)
    every.append(Fit("SIN_F32", what, tail, weight, mpf(0), quarter_turn_squared, 2, 24))
    what = "(cos(r) - 1 + r^2/2) / r^4 of r^2, |r| <= pi/4; error relative to cos(r)"
    weight = relative(2, lambda z: mpmath.cos(mpmath.sqrt(z)))
    every.append(Fit("COS_F32", what, cos_tail, weight, mpf(0), quarter_turn_squared, 2, 24))
    # Of functions on f32 that are computed in f64: 2^-30 is enough.
    what = "(atan(x) - x) / x^3 of x^2, |x| <= tan(pi/8); error relative to atan(x)"
    end_squared = (mpmath.tan(mp.pi / 8) * slack) ** 2
    tail, weight = odd_tail(mpmath.atan, -third), odd_weight(mpmath.atan)
    every.append(Fit("ATAN_THROUGH_F64", what, tail, weight, mpf(0), end_squared, 8, 53))
    what = "erfc(x) e^(x^2) of t = 2 / (2 + x), 0 <= x <= 10.1; error relative to it"
    every.append(
        Fit(
            "ERFCX_THROUGH_F64",
            what,
            scaled_erfc,
            lambda t: 1 / scaled_erfc(t),
            2 / mpf("12.1"),
            mpf(1),
            13,
            53,
        )
    )
    return [*every, *fits_of_f64()]


def fits_of_f64() -> list[Fit]:
    """Polynomials of what is computed in pairs of f64, and of what takes the rest of such a pair."""
    third, slack = mpf(1) / 3, 1 + mpf(2) ** -16
    ln2_half = mpmath.log(2) / 2 * slack
    eighth_turn_squared = (mpmath.tan(mp.pi / 8) * slack) ** 2
    quarter_turn_squared = (mp.pi / 4) ** 2 * (1 + mpf(2) ** -10)
    far = (mpmath.sqrt(2) - 1) / (mpmath.sqrt(2) + 1) * slack
    what = "(e^r - 1 - r - r^2/2) / r^3, |r| <= log(2) / 2; error relative to e^r - 1"
    weight = relative(3, mpmath.expm1)
    every = [Fit("EXPM1_F64", what, exp_third_tail, weight, -ln2_half, ln2_half, 9, 53)]
    what = "(atanh(s)/s - 1 - z/3 - z^2/5) / z^3 of z = s^2, |s| <= 0.1716; error relative to atanh(s)"
    every.append(Fit("ATANH_F64", what, quotient_log_tail, lambda z: z**3, mpf(0), far**2, 6, 53))
    what = "(sin(r) - r) / r^3 of r^2, |r| <= pi/4; error relative to sin(r)"
    tail, weight = odd_tail(mpmath.sin, -mpf(1) / 6), odd_weight(mpmath.sin)
    every.append(Fit("SIN_F64", what, tail, weight, mpf(0), quarter_turn_squared, 5, 53))
    what = "(cos(r) - 1 + r^2/2) / r^4 of r^2, |r| <= pi/4; error relative to cos(r)"
    weight = relative(2, lambda z: mpmath.cos(mpmath.sqrt(z)))
    every.append(Fit("COS_F64", what, cos_tail, weight, mpf(0), quarter_turn_squared, 5, 53))
    what = "(atan(x) - x) / x^3 of x^2, |x| <= tan(pi/8); error relative to atan(x)"
    tail, weight = odd_tail(mpmath.atan, -third), odd_weight(mpmath.atan)
    every.append(Fit("ATAN_F64", what, tail, weight, mpf(0), eighth_turn_squared, 11, 53))
    what = "erf(x) / x - 1 of x^2, |x| <= 15/16; error relative to erf(x)"
    end_squared = mpf("0.9375") ** 2
    every.append(Fit("ERF_F64", what, erf_ratio, erf_ratio_weight, mpf(0), end_squared, 12, 53))
    what = "erfc(x) e^(x^2) (x + 1) - 3/4 of w = (x - 2) / (x + 2), x >= 0; error relative to the first"
    every.append(
        Fit(
            "ERFCX_F64",
            what,
            lambda w: level_erfcx(w) - mpf("0.75"),
            lambda w: 1 / level_erfcx(w),
            mpf(-1),
            mpf(1),
            27,
            53,
        )
    )
    return every


def split(value: mpf, mantissa_bits: int, parts: int) -> list[float]:
    """``value`` as a sum of ``parts`` numbers of the element type, largest first."""
    result: list[float] = []
    for _ in range(parts):
        part = round_to(value, mantissa_bits)
        result.append(float(part))
        value -= part
    return result


def split_down(value: mpf, mantissa_bits: int, parts: int) -> list[float]:
    """As ``split``, with every part positive: then a zero keeps its sign in x - 0 * part."""
    result: list[float] = []
    for _ in range(parts):
        scale = mpf(2) ** (mantissa_bits - 1 - mpmath.floor(mpmath.log(value, 2)))
        part = mpmath.floor(value * scale) / scale
        result.append(float(part))
        value -= part
    return result


def constants() -> list[tuple[str, str, list[float]]]:
    """Constants that need more bits than one number has."""
    ln2 = mpmath.log(2)
    return [
        (f"{name}_{suffix}", f"{what}, high and low part", split(value, bits, 2))
        for suffix, bits in (("F32", 24), ("F64", 53))
        for name, what, value in (
            ("LN2", "log 2", ln2),
            ("LOG2_E", "1 / log 2", 1 / ln2),
            ("LOG10_E", "1 / log 10", 1 / mpmath.log(10)),
            ("LOG10_2", "log 2 / log 10", ln2 / mpmath.log(10)),
        )
    ] + [
        ("HALF_PI_F32", "pi / 2 in three parts, each rounded down", split_down(mp.pi / 2, 24, 3)),
        ("HALF_PI_F64", "pi / 2 in three parts, each rounded down", split_down(mp.pi / 2, 53, 3)),
        ("PI_F64", "pi, high and low part", split(+mp.pi, 53, 2)),
        ("ONE_THIRD_F64", "1/3, high and low part", split(mpf(1) / 3, 53, 2)),
        ("ONE_FIFTH_F64", "1/5, high and low part", split(mpf(1) / 5, 53, 2)),
    ]


def special_fits() -> list[Fit]:
    """The polynomials of ``smtir/language/library``."""
    return [
        Fit(name, what, function, weight, low, high, degree, 53, in_turn)
        for name, what, function, weight, (low, high), degree, in_turn in special_specs()
    ]


def rendered(every: Sequence[Fit]) -> list[str]:
    """The lines of some fits; prints the error of each on the way."""
    lines = [
        '"""Coefficients, lowest order first: written by tools/derive_polynomials.py, not by hand."""',
        "",
        "from __future__ import annotations",
    ]
    for fit in every:
        coefficients, error = derive(fit)
        exponent = float(mpmath.log(error, 2))
        print(f"{fit.name:14} degree {fit.degree:2}  2^{exponent:.1f}", file=sys.stderr)
        lines += ["", f"# {fit.what}: 2^{exponent:.1f}.", f"{fit.name} = ("]
        lines += [f"    {coefficient!r}," for coefficient in coefficients]
        lines += [")"]
    return lines


def render_special() -> str:
    """Text of the library's coefficients.py."""
    lines = rendered(special_fits())
    for name, what, values in special_constants():
        lines += ["", f"# {what}.", f"{name} = ("]
        lines += [f"    {part!r}," for value in values for part in split(value, 53, 2)]
        lines += [")"]
    return "\n".join(lines) + "\n"


def render() -> str:
    """Text of the passes' coefficients.py."""
    lines = rendered(fits())
    for name, what, parts in constants():
        lines += ["", f"# {what}.", f"{name} = ({', '.join(map(repr, parts))})"]
    for name, count in (("TWO_OVER_PI_BITS", 256), ("TWO_OVER_PI_BITS_F64", 1280)):
        with mp.workprec(count + 64):
            digits = f"{int(mpmath.floor(2 / mp.pi * mpf(2) ** count)):X}"
        lines += ["", f"# floor(2^{count} * 2 / pi), for reducing large angles."]
        rows = "\n".join(f'    "{digits[at : at + 80]}"' for at in range(0, len(digits), 80))
        lines += [f"{name} = 0x{digits}" if count == 256 else f"{name} = int(\n{rows},\n    16,\n)"]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Derive everything; returns the exit code."""
    parser = argparse.ArgumentParser(
        description="Derive the polynomial coefficients of the elementary functions."
    )
    parser.add_argument("--check", action="store_true", help="only tell whether the file is up to date")
    options = parser.parse_args(arguments)
    with mp.workprec(PRECISION_BITS):
        texts = {OUTPUT: render(), SPECIAL_OUTPUT: render_special()}
    if options.check:
        return 0 if all(path.read_text() == text for path, text in texts.items()) else 1
    for path, text in texts.items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
