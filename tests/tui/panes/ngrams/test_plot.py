"""The log-log plot of the N-grams pane: ranks by prompt, and the growth of distinct n-grams."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from pane_driver import PaneLab, RunLab, pane_runner

from seqtui.tui.panes.ngrams import rows as ngram_rows
from seqtui.tui.panes.ngrams.rows import Counted

TEXT = "to be or not to be, that is the question.\n" * 3 + "whether 'tis nobler\n"


@pytest.fixture
def run_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunLab:
    """Runs `play(lab)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "2", TEXT)


def test_ranks_are_typed_and_what_is_no_range_is_refused(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        await lab.counted()
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
        await lab.counted()
        await lab.press("v")
        await lab.until(lambda: "tokens" in lab.text("zipf"))
        pairs = {TEXT[i : i + 2] for i in range(len(TEXT) - 1)}
        assert f" {len(pairs)} distinct," in lab.line("zipf-fit")
        kept: Counted = lab.pane._counted  # type: ignore[attr-defined]
        for n, order in enumerate(kept.orders, 1):
            for length, met in zip(*order.growth, strict=True):
                assert met == len({TEXT[i : i + n] for i in range(length - n + 1)})
        await lab.press("v")
        await lab.until(lambda: "rank" in lab.text("zipf"))

    run_lab(play)


def test_the_plot_shows_every_order_by_its_mark_and_names_the_fits(run_lab: RunLab) -> None:
    async def play(lab: PaneLab) -> None:
        from seqtui.engine.ngrams.zipf import fit_zipf

        await lab.counted()
        await lab.until(lambda: all(mark in lab.text("zipf") for mark in "●▲■◆✚"))
        grams = [Counter(zip(*(TEXT[i:] for i in range(n)), strict=False)) for n in range(1, 6)]
        falling = [ngram_rows.np.array(sorted(each.values(), reverse=True)) for each in grams]
        for method, ranks, name in (
            ("ols", None, "OLS, all ranks"),
            ("ols", (10, 1000), "OLS, 10-1,000"),
            ("mle", None, "MLE, all ranks"),
            ("ols", None, "OLS, all ranks"),
        ):
            fits = [fit_zipf(each, method, ranks) for each in falling]
            half = fits[1].interval[1] - fits[1].exponent
            told = f"n=2 α {fits[1].exponent:.3f} ±{half:.3f} · {name}"
            await lab.until(lambda told=told: told in lab.line("zipf-fit"))
            exponents = [f"{fit.exponent:.3f}" for fit in fits]
            await lab.until(lambda all_=exponents: lab.line("zipf-exponents").split() == all_)
            await lab.press("z")

    run_lab(play)
