"""erf, f32 only.

|x| < 15/16: x + x p(x^2).  Above: 1 - e^g(|x|), where g is the logarithm of erfc; at 4 the result is 1.
"""

from __future__ import annotations

from smtir.mlir import ir
from smtir.rewrite.elementary import coefficients as table
from smtir.rewrite.elementary.exponential import exp_from
from smtir.rewrite.elementary.lanes import Lanes

SMALL = 0.9375
SATURATION = 4.0


def erf(on: Lanes, x: ir.Value) -> ir.Value:
    """Error function; -1 and 1 at the infinities."""
    magnitude = on.absolute(x)
    square = on.mul(x, x)
    near = on.fma(magnitude, on.polynomial(square, table.ERF_F32), magnitude)
    complement = exp_from(on, on.polynomial(on.lesser(magnitude, SATURATION), table.ERFC_LOG_F32))
    far = on.sub(1.0, complement)
    return on.with_sign_of(on.select(on.compare("ult", magnitude, SMALL), near, far), x)
