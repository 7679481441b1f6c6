"""The log-log plot of the N-grams pane: ranks by prompt, and the growth of distinct n-grams."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from pane_driver import PaneDriver, RunPane, pane_runner

from seqtui.tui.panes.ngrams import rows as ngram_rows
from seqtui.tui.panes.ngrams.rows import Counted

TEXT = "to be or not to be, that is the question.\n" * 3 + "whether 'tis nobler\n"


@pytest.fixture
def run_pane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPane:
    """Runs `play(driver)` with the pane open on a text."""
    return pane_runner(tmp_path, monkeypatch, "2", TEXT)


def test_ranks_are_typed_and_what_is_no_range_is_refused(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        for wrong in ("x", "5", "9-3", "0-4", "5-5"):
            await driver.press("x")
            await driver.type(wrong)
            await driver.until_seen("two ranks, the first below the last")
            await driver.press("escape")
        await driver.press("x")
        await driver.type("2-12")
        await driver.until(lambda: "OLS, 2-12" in driver.line("zipf-fit"))
        await driver.until(lambda: "α" in driver.line("zipf-fit"))
        await driver.press("x")
        await driver.type("")
        await driver.until(lambda: "OLS, all ranks" in driver.line("zipf-fit"))
        await driver.press("x")
        await driver.type("90000-99999")
        await driver.until(lambda: "α –" in driver.line("zipf-fit"))

    run_pane(play)


def test_v_shows_the_growth_of_distinct_ngrams(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        await driver.counted()
        await driver.press("v")
        await driver.until(lambda: "tokens" in driver.text("zipf"))
        pairs = {TEXT[i : i + 2] for i in range(len(TEXT) - 1)}
        before = {TEXT[i : i + 2] for i in range(len(TEXT) - len(TEXT) // 10 - 1)}
        told = f" {len(pairs)} distinct, last tenth +{len(pairs - before)}"
        assert driver.line("zipf-fit").endswith(told)
        kept: Counted = driver.pane._counted  # type: ignore[attr-defined]
        for n, order in enumerate(kept.orders, 1):
            for length, met in zip(*order.growth, strict=True):
                assert met == len({TEXT[i : i + n] for i in range(length - n + 1)})
        await driver.press("v")
        await driver.until(lambda: "rank" in driver.text("zipf"))

    run_pane(play)


def test_the_plot_shows_every_order_by_its_mark_and_names_the_fits(run_pane: RunPane) -> None:
    async def play(driver: PaneDriver) -> None:
        from seqtui.engine.ngrams.zipf import fit_zipf

        await driver.counted()
        await driver.until(lambda: all(mark in driver.text("zipf") for mark in "●▲■◆✚"))
        grams = [Counter(zip(*(TEXT[i:] for i in range(n)), strict=False)) for n in range(1, 6)]
        falling = [ngram_rows.np.array(sorted(each.values(), reverse=True)) for each in grams]
        for method, ranks, name in (
            ("ols", None, "OLS, all ranks"),
            ("ols", (10, 1000), "OLS, 10-1,000"),
            ("mle", None, "MLE, all ranks"),
            ("ols", None, "OLS, all ranks"),
        ):
            fits = [fit_zipf(each, method, ranks) for each in falling]
            shown = f"n=2 α {fits[1].exponent:.3f} · {name}"
            await driver.until(lambda shown=shown: shown in driver.line("zipf-fit"))
            exponents = [f"{fit.exponent:.3f}" for fit in fits]
            await driver.until(lambda all_=exponents: driver.line("zipf-exponents").split() == all_)
            await driver.press("z")

    run_pane(play)
