"""What a run's events leave: bounded curves, and figures that never move their neighbours."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from run_events import evaluated, finished, report, started

from seqtui.engine.configuration import RunConfig
from seqtui.engine.events import Finished, Paused, Resumed, Saved
from seqtui.tui.panes.train_curves import (
    MEASURES,
    MOST_POINTS,
    Curve,
    History,
    gradient_plot,
    references,
)
from seqtui.tui.panes.train_numbers import number_lines, progress_bar
from seqtui.tui.plots import curves

CONFIG = RunConfig(corpus="primer-en")


def history_of(*events: object) -> History:
    history = History()
    for event in events:
        history.take(event)  # type: ignore[arg-type]
    return history


@pytest.mark.parametrize("points", [1, MOST_POINTS, MOST_POINTS + 1, 3 * MOST_POINTS + 7])
def test_a_curve_is_bounded_and_keeps_its_newest_point_in_order(points: int) -> None:
    curve = Curve()
    for step in range(points):
        curve.add(step, float(step))
    assert len(curve.steps) <= MOST_POINTS
    assert len(curve.steps) >= min(points, MOST_POINTS // 2)
    assert curve.steps[-1] == points - 1
    assert curve.steps == sorted(set(curve.steps))
    assert curve.values == [float(step) for step in curve.steps]


def test_the_reference_lines_say_the_same_in_every_measure() -> None:
    perplexity, linear, nats, bits = (
        [line.y for line in references(32, math.log(8), measure)] for measure in MEASURES
    )
    assert perplexity == linear == pytest.approx([32, 8])
    assert nats == pytest.approx([math.log(32), math.log(8)])
    assert bits == pytest.approx([5, 3])
    labels = [line.label for line in references(32, math.log(8), MEASURES[0])]
    assert labels == ["|V| 32", "add-one bigram 8.00"]
    assert references(None, None, MEASURES[0]) == []


def test_an_infinite_perplexity_is_a_gap_in_the_plot_and_a_sign_in_the_numbers() -> None:
    history = history_of(
        started(CONFIG), evaluated(0, 3.3), evaluated(10, 2.0), evaluated(20, 0, impossible=312)
    )
    for measure in MEASURES:
        lines = curves(history.series(measure), [], 60, 12, history.x_range, log_y=measure.log)
        assert lines.count("●") == 2
    held_out = number_lines(history, 78)[2].plain
    assert "∞ ppl" in held_out
    assert "312 impossible" in held_out


def test_a_gradient_that_vanished_does_not_end_the_plot() -> None:
    history = history_of(started(CONFIG), report(1, 3.0), report(2, 3.0, grad_norm=0.0))
    assert gradient_plot(history, 60, 10).count("\n") >= 9


def test_the_axis_spans_the_run_or_grows_in_round_steps() -> None:
    assert history_of(started(CONFIG, steps=500), report(20, 3.0)).x_range == (0, 500)
    ends = [
        history_of(started(CONFIG, steps=None), report(step, 3.0)).x_range[1]
        for step in (1, 10, 11, 150, 777, 1_001)
    ]
    assert ends == [10, 10, 20, 200, 1_000, 2_000]


def test_a_run_asked_to_stop_says_so_until_it_has() -> None:
    history = history_of(started(CONFIG))
    history.phase = "stopping"
    history.take(Paused(10))
    history.take(Resumed(10))
    assert history.phase == "stopping"
    history.take(finished(10, 2.0, "stopped"))
    assert history.phase == "stopped"
    assert not history.active


def test_the_best_is_the_engine_s_best() -> None:
    history = history_of(evaluated(0, 3.3), evaluated(50, 1.4), evaluated(100, 1.6, best=False))
    assert history.best is not None
    assert history.best.step == 50
    assert "at step 50" in number_lines(history, 78)[3].plain


def test_a_counted_model_has_its_training_perplexity_from_the_document() -> None:
    document = {"train": {"perplexity": 7.5}, "held_out": {}}
    history = history_of(started(CONFIG, steps=None), Finished(0, "done", document))
    assert "7.50 ppl" in number_lines(history, 78)[1].plain


def test_the_one_evaluation_of_a_counted_model_is_drawn_over_the_whole_width() -> None:
    history = history_of(started(RunConfig(corpus="", model="ngram"), steps=None), evaluated(0, 2))
    held_out = history.series(MEASURES[2])[1]
    assert (min(held_out.x), max(held_out.x)) == history.x_range
    assert set(held_out.y) == {2.0}


@given(st.floats(0, 1), st.integers(0, 200))
def test_a_progress_bar_has_its_width(part: float, width: int) -> None:
    assert cell_len(progress_bar(part, width)) == width


ANY_REPORT = st.builds(
    report,
    st.integers(0, 1_000),
    st.floats(0, 30) | st.just(math.inf) | st.just(math.nan),
    tokens_per_second=st.floats(0, 9_999_999),
    eta=st.none() | st.floats(0, 300_000),
    grad_norm=st.floats(0, 9_999) | st.just(math.inf),
    clipped_norm=st.floats(0, 99),
    clipped_share=st.floats(0, 1),
    learning_rate=st.floats(1e-9, 99),
)


@given(ANY_REPORT, st.floats(0, 12), st.sampled_from([78, 122]))
def test_no_number_moves_another(event: object, loss: float, width: int) -> None:
    plain = history_of(started(CONFIG))
    history = history_of(started(CONFIG), event, evaluated(7, loss))
    history.saved = Saved(7, "best", None)  # type: ignore[arg-type]
    names = [
        ("step", "ETA", "tok/s"),
        ("train", "nats", "ppl", "|grad|", "→"),
        ("held-out", "nats", "ppl", "clipped", "lr"),
        ("best", "nats", "ppl", "saved"),
    ]
    lines = number_lines(history, width), number_lines(plain, width)
    for one, other, labels in zip(*lines, names, strict=True):
        assert one.cell_length <= width
        for label in labels:
            assert one.plain.index(label) == other.plain.index(label)
