"""What a run's events leave: bounded curves, and figures that never move their neighbours."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from run_events import evaluated, finished, report, started

from seqtui.engine.runs.events import Finished, Paused, Resumed, Saved
from seqtui.engine.runs.history import (
    MOST_POINTS,
    SECONDS,
    SMOOTHINGS,
    STEPS,
    TOKENS,
    Curve,
    History,
)
from seqtui.engine.settings.run_config import RunConfig
from seqtui.tui.panes.train.curves import (
    AXES,
    MEASURES,
    Axes,
    Baseline,
    clip_line,
    gradient_series,
    references,
    run_series,
    value_at,
)
from seqtui.tui.panes.train.figures import number_lines, progress_bar
from seqtui.tui.widgets.plots import curves

CONFIG = RunConfig(corpus="primer-en")


def history_of(*events: object) -> History:
    history = History()
    for event in events:
        history.add(event)  # type: ignore[arg-type]
    return history


@pytest.mark.parametrize("points", [1, MOST_POINTS, MOST_POINTS + 1, 3 * MOST_POINTS + 7])
def test_a_curve_is_bounded_and_keeps_its_newest_point_in_order(points: int) -> None:
    curve = Curve()
    for step in range(points):
        curve.add((step, 10 * step, step / 4), float(step))
    steps = curve.x[STEPS]
    assert len(steps) <= MOST_POINTS
    assert len(steps) >= min(points, MOST_POINTS // 2)
    assert steps[-1] == points - 1
    assert steps == sorted(set(steps))
    assert curve.values == steps
    assert curve.x[TOKENS] == [10 * step for step in steps]
    assert curve.x[SECONDS] == [step / 4 for step in steps]
    assert all(len(means) == len(steps) for means in curve.smoothed.values())


@pytest.mark.parametrize("gap", [0, 1, 2, 1_001, MOST_POINTS - 2, MOST_POINTS - 1])
def test_a_gap_survives_however_often_a_curve_is_thinned(gap: int) -> None:
    curve = Curve()
    for step in range(5 * MOST_POINTS):
        curve.add((step, step, step), math.nan if step == gap else 1.0)
    assert gap in curve.x[STEPS]
    assert math.isnan(curve.values[curve.x[STEPS].index(gap)])


def test_a_moving_average_is_that_of_all_points_and_skips_gaps() -> None:
    curve, values = Curve(), [4.0, 2.0, math.inf, 3.0]
    for step, value in enumerate(values):
        curve.add((step, step, step), value)
    for factor in SMOOTHINGS:
        weights = [factor**2, factor, 1.0]
        mean = sum(w * v for w, v in zip(weights, [4.0, 2.0, 3.0], strict=True)) / sum(weights)
        assert curve.smoothed[factor][0] == pytest.approx(4.0)
        assert curve.smoothed[factor][2] == math.inf
        assert curve.smoothed[factor][3] == pytest.approx(mean)


def test_smoothing_leaves_the_raw_values_visible() -> None:
    history = history_of(started(CONFIG), *(report(step, 3.0 - step % 2) for step in range(1, 9)))
    axes = Axes(measure=1)
    assert [one.label for one in run_series(history, axes, 1_000)] == ["train", "held-out"]
    axes.next_smoothing()
    raw, train, _ = run_series(history, axes, 1_000)
    assert raw.y == [3.0 - step % 2 for step in range(1, 9)]
    assert not raw.line
    assert train.y == history.train.smoothed[SMOOTHINGS[0]]
    axes.next_smoothing()
    axes.next_smoothing()
    assert axes.smoothing is None


def test_evaluations_lie_where_the_reports_put_them() -> None:
    history = history_of(started(CONFIG), report(10, 3.0), evaluated(20, 2.0))
    assert [places[-1] for places in history.held_out.x] == [20, 20 * 2_048, 1.0]


@given(st.lists(st.tuples(st.floats(-1, 1), st.booleans(), st.floats(0.1, 3)), max_size=30))
def test_cursor_and_zoom_never_leave_the_run(moves: list[tuple[float, bool, float]]) -> None:
    axes, full = Axes(), (0.0, 1_000.0)
    for part, zooms, factor in moves:
        if zooms:
            axes.magnify(full, factor)
        else:
            axes.move(full, part)
            assert axes.cursor is not None
        low, high = axes.range(full)
        assert -1e-6 <= low < high <= 1_000 + 1e-6
        if axes.cursor is not None:
            assert 0 <= axes.cursor <= 1_000
            assert low - 1e-6 <= axes.cursor <= high + 1e-6
    axes.reset()
    assert axes.range(full) == full


def test_a_cursor_reads_the_nearest_point() -> None:
    history = history_of(started(CONFIG), report(10, 3.0), report(20, 2.0))
    train, held_out = run_series(history, Axes(measure=1), 1_000)
    assert [value_at(train, place) for place in (0, 14, 16, 99)] == [3.0, 3.0, 2.0, 2.0]
    assert value_at(held_out, 10) is None


def test_the_reference_lines_say_the_same_in_every_measure() -> None:
    counted = [Baseline("add-one bigram", "╌", math.log(8))]
    perplexity, nats, bits, by_character = (
        [line.y for line in references(32, counted, measure, 0.5)] for measure in MEASURES
    )
    assert perplexity == pytest.approx([32, 8])
    assert nats == pytest.approx([math.log(32), math.log(8)])
    assert bits == pytest.approx([5, 3])
    assert by_character == pytest.approx([2.5, 1.5])
    lines = references(32, counted, MEASURES[0], 0.5)
    assert [line.label for line in lines] == ["|V|", "add-one bigram"]
    assert [line.reading for line in lines] == ["32", "8.00"]
    assert references(None, [], MEASURES[0], 1.0) == []


def test_an_infinite_perplexity_is_a_gap_in_the_plot_and_a_sign_in_the_numbers() -> None:
    history = history_of(
        started(CONFIG), evaluated(0, 3.3), evaluated(10, 2.0), evaluated(20, 0, impossible=312)
    )
    for measure in range(len(MEASURES)):
        axes = Axes(measure=measure)
        for x, axis in enumerate(AXES):
            axes.x = x
            span = history.x_range(x)
            lines = curves(run_series(history, axes, 1_000), [], 60, 12, span, axis, log_y=axes.log)
            assert lines.count("●") == 2
    held_out = number_lines(history, 78)[2].plain
    assert "∞ ppl" in held_out
    assert "312 impossible" in held_out


def test_a_gradient_that_vanished_does_not_end_the_plot() -> None:
    history = history_of(started(CONFIG), report(1, 3.0), report(2, 3.0, grad_norm=0.0))
    series, clip = gradient_series(history, Axes()), clip_line(history)
    plot = curves(series, clip, 60, 10, history.x_range(STEPS), AXES[STEPS], log_y=True)
    assert plot.count("\n") >= 9


def test_the_axis_spans_the_run_or_grows_in_round_steps() -> None:
    assert history_of(started(CONFIG, steps=500), report(20, 3.0)).x_range(STEPS) == (0, 500)
    ends = [
        history_of(started(CONFIG, steps=None), report(step, 3.0)).x_range(STEPS)[1]
        for step in (1, 10, 11, 150, 777, 1_001)
    ]
    assert ends == [10, 10, 20, 200, 1_000, 2_000]


def test_a_run_asked_to_stop_says_so_until_it_has() -> None:
    history = history_of(started(CONFIG))
    history.phase = "stopping"
    history.add(Paused(10))
    history.add(Resumed(10))
    assert history.phase == "stopping"
    history.add(finished(10, 2.0, "stopped"))
    assert history.phase == "stopped"
    assert not history.active


def test_the_best_is_the_engine_s_best() -> None:
    history = history_of(evaluated(0, 3.3), evaluated(50, 1.4), evaluated(100, 1.6, best=False))
    assert history.best is not None
    assert history.best.step == 50
    assert "at step 50" in number_lines(history, 78)[3].plain


@pytest.mark.parametrize(
    ("document", "shown"),
    [
        ({"loss": math.log(7.5), "perplexity": 7.5, "targets": 9}, "2.015 nats    7.50 ppl"),
        # The loss is the measured value: where both are given it decides.
        ({"loss": 1_000.0, "perplexity": None, "targets": 9, "normalised": True}, ">1e308 ppl"),
        ({"loss": None, "perplexity": None, "targets": 9, "normalised": False}, "– ppl"),
        (
            {"perplexity": None, "targets": 9, "zero_probability_targets": 2, "normalised": True},
            "∞ ppl",
        ),
    ],
)
def test_a_counted_model_has_its_training_loss_from_the_document(
    document: dict[str, object], shown: str
) -> None:
    finished = Finished(0, "done", {"train": document, "held_out": {}})
    history = history_of(started(CONFIG, steps=None), finished)
    assert shown in number_lines(history, 78)[1].plain


def test_the_one_evaluation_of_a_counted_model_is_drawn_over_the_whole_width() -> None:
    history = history_of(started(RunConfig(corpus="", model="ngram"), steps=None), evaluated(0, 2))
    held_out = run_series(history, Axes(measure=1), 1_000)[1]
    assert (min(held_out.x), max(held_out.x)) == (0, 1_000)
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
