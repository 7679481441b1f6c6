"""What a laboratory's settings may be, how they are typed, what the arrows make of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtui.corpora.errors import InputError
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.settings import (
    check_settings,
    setting,
    settings_of,
    turned,
    with_text,
    written,
)


@dataclass(frozen=True, slots=True)
class Settings:
    order: int = setting(2, (1, 2, 3, 5))
    rho: float = setting(0.9, (0.5, 0.9, 1.1), low=0.2, high=3)
    cell: str = setting("rnn", ("rnn", "gru"))
    text: str = setting("")
    clipped: bool = setting(True, (True, False))


def test_the_arrows_go_through_the_values_and_stop_at_the_ends() -> None:
    settings = Settings()
    assert turned(settings, "order", 1).order == 3
    assert turned(turned(settings, "order", -1), "order", -1).order == 1
    assert turned(replace(settings, order=5), "order", 1).order == 5
    assert turned(settings, "cell", -1).cell == "gru"
    assert turned(settings, "clipped", 1).clipped is False
    assert turned(settings, "text", 1) == settings


def test_the_arrows_leave_a_typed_number_for_its_neighbours() -> None:
    typed = with_text(Settings(), "rho", "1")
    assert turned(typed, "rho", 1).rho == 1.1
    assert turned(typed, "rho", -1).rho == 0.9
    assert turned(with_text(typed, "rho", ".3"), "rho", -1).rho == 0.5


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("order", "6", "--set order=6: choose a whole number from 1 to 5"),
        ("order", "2.5", "--set order=2.5: choose a whole number"),
        ("order", "9" * 5_000, "choose a whole number from 1 to 5"),
        ("rho", "nan", "--set rho=nan: choose a number from 0.2 to 3"),
        ("rho", "1e999", "choose a number"),
        ("cell", "lstm", "--set cell=lstm: choose one of rnn, gru"),
        ("clipped", "maybe", "--set clipped=maybe: choose on or off"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_does(name: str, text: str, named: str) -> None:
    with pytest.raises(InputError) as refused:
        with_text(Settings(), name, text)
    assert named in str(refused.value)
    assert refused.value.option == name


@given(st.sampled_from(sorted(LABS)), st.data())
def test_every_value_of_every_laboratory_is_typed_as_it_is_written(
    name: str, data: st.DataObject
) -> None:
    settings = LABS[name].settings()
    check_settings(settings)
    chosen = data.draw(st.sampled_from(sorted(settings_of(settings))))
    found = settings_of(settings)[chosen]
    for value in found.values or (found.default,):
        changed: Any = with_text(settings, chosen, written(value))
        assert getattr(changed, chosen) == value
        check_settings(changed)
