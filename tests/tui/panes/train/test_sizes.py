"""The number of weights as a formula, beside |V|^N: in the pane's numbers and after a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from command_line import CommandLine
from run_events import started

from seqtui.engine.networks.parameter_count import parameter_formula
from seqtui.engine.runs.events import Started
from seqtui.engine.settings.run_config import RunConfig
from seqtui.tui.panes.train.figures import weights_line


def weights(event: Started | None) -> str:
    return weights_line(event).plain.strip()


def test_the_weights_of_the_run_are_reported_with_their_formula() -> None:
    config = RunConfig("book", model="lstm-scratch", hidden=128, window=32)
    formula = parameter_formula(config, 28)
    assert formula is not None
    shown = weights(replace(started(config), parameters=formula.total))
    assert shown == "weights  83,996 = 4(|V| h + h h + h) + (h |V| + |V|)   |V|^32 = 2.0e46"
    assert len(shown) + 2 <= 83


def test_a_formula_that_does_not_give_the_counted_number_is_not_shown() -> None:
    shown = weights(replace(started(RunConfig("book")), parameters=7))
    assert shown == "weights  7   |V|^32 = 2.0e46"


@pytest.mark.parametrize("model", ["ngram", "uniform", "mine.py:MyModel"])
def test_a_model_without_formula_shows_its_number(model: str) -> None:
    assert weights(started(RunConfig("book", model=model))).startswith("weights  283,746")


def test_before_a_run_there_is_a_dash() -> None:
    assert weights(None) == "weights  –"


def test_the_result_of_a_run_shows_both(command_line: CommandLine, tmp_path: Path) -> None:
    book = tmp_path / "book.txt"
    book.write_text("time and the time machine ran on and on in time\n" * 60)
    small = ["--hidden", 8, "--window", 16, "--batch-size", 4, "--steps", 2, "--device", "cpu"]
    document = command_line.document("train", book, "--model", "gru-scratch", *small)
    formula = document["parameters_formula"]
    assert formula["total"] == document["parameters"]
    assert formula["text"] == "3(|V| h + h h + h) + h + (h |V| + |V|)"
    types = formula["sizes"]["|V|"]
    assert formula["sizes"] == {"|V|": types, "h": 8}
    assert document["table"]["tokens"] == 16
    assert float(document["table"]["entries"]) == pytest.approx(types**16, rel=0.1)
    shown = command_line("train", book, "--model", "gru-scratch", *small).out
    assert f"= {formula['text']}" in shown
    counted = command_line.document("train", book, "--model", "ngram", "--order", 3)
    assert counted["parameters_formula"] is None
    assert counted["table"] == {"tokens": 3, "entries": f"{types**3:,}"}
