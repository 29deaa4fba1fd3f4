"""Pointers that name an address space are lowered as any other: to buffers, to views, into them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import smtir

BUFFERS = """
tt.func public @k(%x: !tt.ptr<f32, 1>, %out: !tt.ptr<f32>, %which: i32) {
  %c0 = arith.constant 0 : i32
  %c8 = arith.constant 8 : i32
  %c16 = arith.constant 16 : i32
  %c24 = arith.constant 24 : i32
  %c1_i64 = arith.constant 1 : i64
  %c32_i64 = arith.constant 32 : i64
  %two = arith.constant dense<2.0> : tensor<32x32xf32>
  %px = tt.make_tensor_ptr %x, [%c32_i64, %c32_i64], [%c32_i64, %c1_i64], [%c0, %c0]
      {order = array<i32: 1, 0>} : <tensor<32x32xf32>, 1>
  %pout = tt.make_tensor_ptr %out, [%c32_i64, %c32_i64], [%c32_i64, %c1_i64], [%c0, %c0]
      {order = array<i32: 1, 0>} : <tensor<32x32xf32>>
  %value = tt.load %px : !tt.ptr<tensor<32x32xf32>, 1>
  %tcm = xsmt.alloc[[32, 32]] storage("tcm") : <tensor<32x32xf32>, 12>
  tt.store %tcm, %value : !tt.ptr<tensor<32x32xf32>, 12>
  %lanes = tle.local_ptr %tcm : !tt.ptr<tensor<32x32xf32>, 12> -> tensor<32x32x!tt.ptr<f32, 12>>
  %read = tt.load %lanes : tensor<32x32x!tt.ptr<f32, 12>>
  %doubled = arith.mulf %read, %two : tensor<32x32xf32>
  tt.store %lanes, %doubled : tensor<32x32x!tt.ptr<f32, 12>>
  %one = tle.local_ptr %tcm[%c0, %c8] : !tt.ptr<tensor<32x32xf32>, 12> -> !tt.ptr<f32, 12>
  %next = tt.addptr %one, %c8 : !tt.ptr<f32, 12>, i32
  %number = tt.load %next : !tt.ptr<f32, 12>
  %view = xsmt.subview_pack %tcm, [%c8, %c0], [[16, 32]], [[8, 16]] :
      <tensor<32x32xf32>, 12> -> <tensor<2x2x8x16xf32>, 12>
  %packed = tt.load %view : !tt.ptr<tensor<2x2x8x16xf32>, 12>
  %part = xsmt.unpack %packed, [%c0, %c0], [16, 32] : tensor<2x2x8x16xf32> -> tensor<16x32xf32>
  %copies = xsmt.alloc_copies[[2, 16, 32]] storage("l2") :
      !xsmt.buffer<shape=[2, 16, 32], elementType=f32, copies=2, storageKind="l2">
  %copy = xsmt.buffer_tensor_view %copies[%which] :
      <shape=[2, 16, 32], elementType=f32, copies=2, storageKind="l2"> -> <tensor<16x32xf32>, 3>
  tt.store %copy, %part : !tt.ptr<tensor<16x32xf32>, 3>
  %again = tt.load %copy : !tt.ptr<tensor<16x32xf32>, 3>
  %splat = tt.splat %number : f32 -> tensor<16x32xf32>
  %sum = arith.addf %again, %splat : tensor<16x32xf32>
  %target = xsmt.subview %pout, [%c8, %c0], [[16, 32]] : <tensor<32x32xf32>> -> <tensor<16x32xf32>>
  tt.store %target, %sum : !tt.ptr<tensor<16x32xf32>>
  %first = tle.local_ptr %tcm[%c0, %c0] : !tt.ptr<tensor<32x32xf32>, 12> -> !tt.ptr<f32, 12>
  %top = tt.make_tensor_ptr %first, [%c32_i64, %c32_i64], [%c32_i64, %c1_i64], [%c0, %c0]
      {order = array<i32: 1, 0>} : <tensor<8x32xf32>, 12>
  %rows = scf.for %i = %c0 to %c16 step %c8 iter_args(%row = %top) ->
      (!tt.ptr<tensor<8x32xf32>, 12>) : i32 {
    %v = tt.load %row : !tt.ptr<tensor<8x32xf32>, 12>
    %negative = arith.negf %v : tensor<8x32xf32>
    tt.store %row, %negative : !tt.ptr<tensor<8x32xf32>, 12>
    %down = tt.advance %row, [%c8, %c0] : <tensor<8x32xf32>, 12>
    scf.yield %down : !tt.ptr<tensor<8x32xf32>, 12>
  }
  %last = tt.load %rows : !tt.ptr<tensor<8x32xf32>, 12>
  %bottom = xsmt.subview %pout, [%c24, %c0], [[8, 32]] : <tensor<32x32xf32>> -> <tensor<8x32xf32>>
  tt.store %bottom, %last : !tt.ptr<tensor<8x32xf32>>
  tt.return
}
"""


@pytest.mark.parametrize("target", ["host", pytest.param("k1", marks=[pytest.mark.qemu, pytest.mark.zig])])
def test_buffers_views_and_pointers_in_an_address_space(target: str, tmp_path: Path) -> None:
    file = tmp_path / "k.ttir"
    file.write_text(BUFFERS)
    x = np.random.default_rng(0).standard_normal((32, 32)).astype(np.float32)
    out = np.zeros_like(x)
    smtir.compile(str(file), target=target).run(x, out, 1, grid=(1,))
    expected = np.zeros_like(x)
    expected[8:24] = x[8:24] * 2 + x[0, 16] * 2
    expected[24:] = x[16:24] * 2
    np.testing.assert_array_equal(out, expected)
