from __future__ import annotations

import pytest

from smtir.errors import UsageError
from smtir.targets import get_target, target_names


def test_k1_is_known_by_its_architecture_ids_in_any_case() -> None:
    for name in ("k1", "0x503C", "0x503c", "X60", "spacemit-x60"):
        assert get_target(name).arch_id == "0x503C"
    assert get_target("0xA03C").arch_id == "0xA03C"
    assert {get_target(name).name for name in target_names()} == {"host", "k1"}


def test_k1_describes_the_x60_core() -> None:
    target = get_target("k1")
    assert (target.cpu, target.abi, target.machine.vector_bits) == ("spacemit-x60", "lp64d", 256)
    assert target.micro_tiles["f16"] == (16, 32, 8)
    assert get_target("0xA03C").micro_tiles["f16"] == (8, 16, 16)


def test_an_unknown_target_is_refused_with_the_list_of_known_ones() -> None:
    with pytest.raises(UsageError, match="unknown target 'k9'") as caught:
        get_target("k9")
    assert "host, k1, 0x503C" in caught.value.hint


def test_targets_are_values_that_can_be_keys() -> None:
    assert get_target("k1") is get_target("K1")
    assert len({get_target("host"), get_target("k1"), get_target("0xA03C")}) == 3
