from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import smtir
from smtir.api import compile as compile_kernel
from smtir.cli.entry import run_command
from smtir.kernels import get

ENTRIES = {
    "000-ttir.mlir": "",
    "qk.ttir.mlir": "",
    "qk.linalg.mlir": "",
    "qk.vector.mlir": "",
    "qk.llvm.mlir": "",
    "qk.ll": "arg",
}


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("entry") / "rec"
    compile_kernel(get("qk"), record=directory, until="object")
    return directory


@pytest.mark.parametrize(("file", "names"), ENTRIES.items(), ids=list(ENTRIES))
def test_a_kernel_can_be_taken_up_at_every_stage(record, tmp_path, file, names):
    args = get("qk").make_args(70, 50, 64, "f32", np.random.default_rng(3))
    words = []
    for place, (name, value) in enumerate(args.items()):
        text = str(value)
        if isinstance(value, np.ndarray):
            text = str(tmp_path / f"{name}.npy")
            np.save(text, value)
        words += ["--arg", f"{f'{names}{place}' if names else name}={text}"]
    out = "arg2" if names else "out_ptr"
    saved = tmp_path / "saved.npy"
    run = ["run", str(record / file), *words, "--grid", "2,1", "--save", f"{out}={saved}"]
    assert run_command(run) == 0
    expected = get("qk").reference(args)["out_ptr"]
    assert np.abs(np.load(saved) - expected).max() <= 2e-6 * np.abs(expected).max()


def test_a_record_of_a_known_kernel_runs_with_its_reference(record, capsys):
    assert run_command(["run", str(record), "--size", "M=64", "--size", "N=64"]) == 0
    assert capsys.readouterr().out.splitlines()[2].endswith("ok")


def test_numpy_arrays_are_written_in_place_through_the_api():
    spec = get("qk")
    compilation = smtir.compile(spec.fn, spec.signature, spec.constexprs)
    args = spec.make_args(64, 64, 64, "f32", np.random.default_rng(0))
    compilation.run(*args.values(), grid=spec.grid(args, spec.constexprs))
    assert np.allclose(args["out_ptr"], spec.reference(args)["out_ptr"], atol=1e-5)


def test_a_module_between_two_stages_is_refused_with_a_hint(record):
    between = next(record.glob("*lower-packs.mlir"))
    with pytest.raises(smtir.LoweringError) as caught:
        smtir.compile(str(between))
    assert "goes through the missing passes with 'smtir opt'" in caught.value.hint
