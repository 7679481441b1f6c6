"""The log-log plot of the N-grams pane: ranks by prompt, and the growth of distinct n-grams."""

from __future__ import annotations

from pathlib import Path

import pytest
from pane_lab import PaneLab, RunLab, pane_runner

from seqtui.tui.panes.ngram_rows import Counted

TEXT = "to be or not to be, that is the question.\n" * 3 + "whether 'tis nobler\n"


@pytest.fixture
def run_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunLab:
    """Runs `play(lab)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "2", TEXT)


async def counted(lab: PaneLab) -> None:
    await lab.until(lambda: "n=5" in lab.line("zipf-legend") and "…" not in lab.line("zipf-legend"))
    await lab.until(lambda: lab.table("ngram-table").row_count > 0)


def test_ranks_are_typed_and_what_is_no_range_is_refused(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await counted(lab)
        for wrong in ("x", "5", "9-3", "0-4", "5-5"):
            await lab.press("x")
            await lab.type(wrong)
            await lab.until_seen("two ranks, the first below the last")
            await lab.press("escape")
        await lab.press("x")
        await lab.type("2-12")
        await lab.until(lambda: "OLS, 2-12" in lab.line("zipf-fit"))
        await lab.until(lambda: "α" in lab.line("zipf-fit"))
        await lab.press("x")
        await lab.type("")
        await lab.until(lambda: "OLS, all ranks" in lab.line("zipf-fit"))
        await lab.press("x")
        await lab.type("90000-99999")
        await lab.until(lambda: "α –" in lab.line("zipf-fit"))

    run_lab(play)


def test_v_shows_the_growth_of_distinct_ngrams(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await counted(lab)
        await lab.press("v")
        await lab.until(lambda: "tokens" in lab.text("zipf"))
        pairs = {TEXT[i : i + 2] for i in range(len(TEXT) - 1)}
        assert f"distinct {len(pairs)}," in lab.line("zipf-fit")
        kept: Counted = lab.pane._counted  # type: ignore[attr-defined]
        for n, order in enumerate(kept.orders, 1):
            for length, met in zip(*order.growth, strict=True):
                assert met == len({TEXT[i : i + n] for i in range(length - n + 1)})
        await lab.press("v")
        await lab.until(lambda: "rank" in lab.text("zipf"))

    run_lab(play)
