"""Which parameters a kernel may write through."""

from __future__ import annotations

import pytest

from smtir.runtime.writes import Writes

MODULE = """
define void @other(ptr %p) {{
  store i32 0, ptr %p
  ret void
}}
define void @f(ptr noalias align(16) %p, ptr %q, i64 %n) {{
  {body}
  ret void
}}
"""


@pytest.mark.parametrize(
    "body",
    [
        "%v = load i32, ptr %p\n store i32 %v, ptr %q",
        "%g = getelementptr i32, ptr %p, i64 %n\n %v = load <4 x i32>, ptr %g\n store <4 x i32> %v, ptr %q",
        (
            "%g = getelementptr i32, ptr %p, i64 3\n"
            " call void @llvm.memcpy.p0.p0.i64(ptr %q, ptr %g, i64 8, i1 false)"
        ),
        "%v = call <4 x i32> @llvm.masked.load.v4i32.p0(ptr %p, i32 4, <4 x i1> undef, <4 x i32> undef)",
        "%c = icmp eq ptr %p, null\n store i1 %c, ptr %q",
    ],
)
def test_reading_is_no_writing(body: str) -> None:
    assert not Writes(MODULE.format(body=body), "f")(0)
    assert Writes(MODULE.format(body=body), "f")(1) == ("%q" in body)


@pytest.mark.parametrize(
    "body",
    [
        "store i32 0, ptr %p",
        "%g = getelementptr i32, ptr %p, i64 %n\n store i32 0, ptr %g",
        "%i = ptrtoint ptr %p to i64\n %j = add i64 %i, 8\n %g = inttoptr i64 %j to ptr\n store i8 0, ptr %g",
        (
            "%s = insertvalue { ptr, i64 } undef, ptr %p, 0\n"
            " %g = extractvalue { ptr, i64 } %s, 0\n store i8 0, ptr %g"
        ),
        (
            "br label %a\na:\n %g = phi ptr [ %h, %a ], [ %p, %0 ]\n store i8 0, ptr %g\n"
            " %h = getelementptr i8, ptr %g, i64 1\n br label %a\nb:"
        ),
        "call void @llvm.memcpy.p0.p0.i64(ptr %p, ptr %q, i64 8, i1 false)",
        "call void @llvm.masked.store.v4i32.p0(<4 x i32> undef, ptr %p, i32 4, <4 x i1> undef)",
        "call void @other(ptr %p)",
        "%o = atomicrmw add ptr %p, i32 1 monotonic",
        "store ptr %p, ptr %q",
    ],
)
def test_whatever_may_write_counts_as_writing(body: str) -> None:
    assert Writes(MODULE.format(body=body), "f")(0)


def test_an_unknown_function_may_write() -> None:
    assert Writes(MODULE.format(body=""), "missing")(0)
