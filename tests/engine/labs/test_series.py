"""Errors k steps ahead beside theory, and inside the data beside outside."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from seqtui.corpora.errors import Cancelled, InputError
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.series import STEPS, Figures, Settings, stream, trains
from seqtui.engine.labs.series_sources import optimum
from seqtui.engine.labs.task import tasks_of
from seqtui.engine.labs.tasks.series import AHEAD, FREE, TAUS, persistence

OMEGA, NOISE, FITTED = 0.01, 0.2, 600


def complete(**settings: object) -> Figures:
    (*_, last) = stream(None, Settings(**settings))  # type: ignore[arg-type]
    return last


def sine(seed: int) -> NDArray[np.float64]:
    noise = np.random.default_rng(seed).normal(0, NOISE, 1000)
    return np.asarray(np.sin(OMEGA * np.arange(1, 1001)) + noise)


def by_hand(x: NDArray[np.float64], tau: int, k: int) -> float:
    """The same by loops over the targets."""
    rows = [[*x[t - tau : t], 1.0] for t in range(tau, tau + FITTED)]
    weights = np.linalg.lstsq(np.array(rows), x[tau : tau + FITTED], rcond=None)[0]
    errors = []
    for t in range(max(FITTED + tau, k + tau - 1), len(x)):
        known = list(x[t - k - tau + 1 : t - k + 1])
        for _step in range(k):
            known.append(float(np.dot([*known[-tau:], 1.0], weights)))
        errors.append((known[-1] - x[t]) ** 2)
    return float(np.mean(errors))


def theory(tau: int, k: int) -> float:
    """The error of the best weights fed back, by predicting a wave and adding up the noise.

    Fed back, a prediction is Σ v_i x_{t-i}: its error is that of a wave of amplitude 1 at a random
    phase, the noise of the target, and the noise that the weights let through.
    """
    lags = np.arange(tau)
    matrix = np.cos(OMEGA * (lags[:, None] - lags)) / 2 + NOISE**2 * np.eye(tau)
    one = np.linalg.solve(matrix, np.cos(OMEGA * (lags + 1)) / 2)
    known = [np.eye(tau)[i] for i in reversed(range(tau))]
    for _step in range(k):
        known.append(sum(w * row for w, row in zip(one, reversed(known[-tau:]), strict=True)))
    weights = known[-1]
    missed = 1 - np.sum(weights * np.exp(-1j * OMEGA * (lags + k)))
    return float(abs(missed) ** 2 / 2 + NOISE**2 * (1 + weights @ weights))


@pytest.mark.parametrize("tau", [4, 64])
def test_least_squares_beside_a_loop_over_all_targets(tau: int) -> None:
    found = complete(tau=tau, seeds=1)
    for each in found.errors:
        assert each.error == pytest.approx(by_hand(sine(0), tau, each.k), rel=1e-9)


def test_the_means_of_twenty_seeds_are_those_of_the_reference() -> None:
    for tau, means in (
        (4, (0.0499, 0.0547, 0.0709, 0.2528)),
        (64, (0.0466, 0.0469, 0.0477, 0.0633)),
    ):
        found = complete(tau=tau)
        assert [each.error for each in found.errors] == pytest.approx(means, abs=6e-5)
    short = complete()
    assert short.free == pytest.approx(0.571, abs=1e-3)
    assert short.free > short.errors[0].zero
    assert [round(each.sd, 3) for each in short.errors] == [0.004, 0.004, 0.005, 0.007]
    t = np.arange(605, 1001)
    for each in short.errors:
        gap = np.sin(OMEGA * t) - np.sin(OMEGA * (t - each.k))
        assert each.persistence == pytest.approx(2 * NOISE**2 + np.mean(gap**2), abs=3e-3)
        assert each.floor == pytest.approx(NOISE**2)


@pytest.mark.parametrize("tau", TAUS)
@pytest.mark.parametrize("k", STEPS)
def test_the_closed_form_stands_beside_every_sample(tau: int, k: int) -> None:
    assert optimum("sine", tau, k, NOISE, OMEGA, True) == pytest.approx(theory(tau, k), rel=1e-7)
    direct = optimum("sine", tau, k, NOISE, OMEGA, False)
    assert NOISE**2 < direct <= theory(tau, k) * (1 + 1e-9)


def test_the_closed_forms_are_those_of_the_reference() -> None:
    for (tau, k), error in {
        (1, 1): 0.0771,
        (2, 1): 0.0593,
        (4, 1): 0.0501,
        (16, 1): 0.0450,
        (64, 1): 0.0424,
        (4, 4): 0.0544,
        (4, 16): 0.0699,
        (4, 64): 0.2481,
        (64, 64): 0.0595,
        (1, 64): 0.5342,
    }.items():
        assert optimum("sine", tau, k, NOISE, OMEGA, True) == pytest.approx(error, abs=6e-5)


@pytest.mark.parametrize("omega", [0.01, 0.3, 1.3])
def test_without_noise_two_values_are_the_law_of_the_sine(omega: float) -> None:
    found = complete(tau=2, noise=0.0, omega=omega, seeds=1)
    assert found.weights == pytest.approx((2 * math.cos(omega), -1), abs=1e-6)
    assert found.free < 1e-9
    assert math.isnan(found.ratio)


def test_with_noise_the_best_weights_are_not_the_law() -> None:
    assert complete(tau=2, seeds=1).weights[0] == pytest.approx(0.473, abs=0.01)


def test_a_season_is_beside_its_closed_form() -> None:
    for each in complete(source="season").errors:
        assert each.error == pytest.approx(each.closed_form, rel=0.02)


def test_a_shuffled_split_cheats_where_the_future_is_different_and_only_there() -> None:
    assert complete().ratio == pytest.approx(1.0027, abs=1e-3)
    assert complete(source="award").ratio < 0.2
    assert math.isnan(complete(source="award").errors[0].closed_form)


def test_a_habit_is_a_value_less_the_mean_of_those_before() -> None:
    x = sine(0)
    habit = [x[0]] + [x[t] - x[:t].mean() for t in range(1, len(x))]
    assert complete(source="habit", seeds=1).series == pytest.approx(habit, abs=1e-12)


def test_a_polynomial_is_good_inside_and_useless_outside() -> None:
    found = complete(view="inside")
    fits = {fit.degree: fit for fit in found.fits}
    for degree, inside, outside in ((5, 0.0697, 264.0), (7, 0.0410, 3986.0), (9, 0.0402, 295540.0)):
        assert fits[degree].inside == pytest.approx(inside, abs=1e-3)
        assert fits[degree].outside == pytest.approx(outside, rel=1e-2)
    assert found.ratio == pytest.approx(1.0027, abs=1e-3)


@pytest.mark.parametrize("model", ["mlp", "rnn", "gru"])
def test_a_network_learns_and_leaves_random_numbers_alone(model: str) -> None:
    before = torch.get_rng_state()
    assert trains(Settings(model=model))
    assert not trains(Settings(model=model, view="inside"))
    found = complete(model=model, seeds=1, budget=60)
    assert torch.equal(before, torch.get_rng_state())
    assert found.errors[0].error < found.errors[0].persistence
    assert found.weights == ()
    long = complete(tau=64, seeds=1)
    assert long.errors[-1].error < found.errors[-1].error


def test_what_trains_stops_at_once_and_its_seeds_come_one_by_one() -> None:
    with pytest.raises(Cancelled):
        list(stream(None, Settings(model="gru"), lambda done, total: False))
    calls = 0

    def some(done: int, total: int) -> bool:
        nonlocal calls
        calls += 1
        return calls < 20

    with pytest.raises(Cancelled):
        list(stream(None, Settings(model="mlp", budget=1), some))
    assert calls == 20


def test_a_column_of_a_file_is_a_series(tmp_path: Path) -> None:
    path = tmp_path / "sine.csv"
    path.write_text("t,x\n" + "".join(f"{t},{x!r}\n" for t, x in enumerate(sine(0).tolist())))
    found = complete(source="csv", file=str(path), column="x")
    drawn = complete(seeds=1)
    assert [each.error for each in found.errors] == [each.error for each in drawn.errors]
    assert found.corpus is not None
    assert math.isnan(found.errors[0].floor)
    path.write_text("t,x\n1,2\n2,two\n")
    with pytest.raises(InputError, match=r"sine.csv, line 3, column 'x': 'two' is not a number"):
        complete(source="csv", file=str(path), column="x")
    path.write_text("x\n" + "1\n" * 19)
    with pytest.raises(InputError, match="19 values"):
        complete(source="csv", file=str(path))
    with pytest.raises(InputError, match="name the file"):
        complete(source="csv")


def test_a_series_too_short_for_its_lags_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text("x\n" + "1\n2\n" * 50)
    with pytest.raises(InputError, match="too few"):
        complete(source="csv", file=str(path), tau=64)
    assert len(complete(length=200, tau=64, seeds=1).errors) == len(STEPS)


@pytest.mark.parametrize("view", ["ahead", "inside"])
@pytest.mark.parametrize("source", ["sine", "award"])
def test_its_document_is_json(view: str, source: str) -> None:
    lab = LABS["series"]
    document = lab.run(None, lab.settings(view=view, source=source, seeds=2)).document()
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_the_tasks_are_answered_by_the_figures_too() -> None:
    least, free = tasks_of(LABS["series"])[1:3]
    for k, noise in AHEAD:
        beats = []
        for tau in TAUS:
            one = next(e for e in complete(tau=tau, k=k, noise=noise, seeds=2).errors if e.k == k)
            beats.append(one.closed_form < one.persistence)
        assert TAUS[beats.index(True)] == least.ask((k, noise)).answer
        limit = persistence(k, noise, OMEGA)
        shares = [optimum("sine", tau, k, noise, OMEGA, True) / limit for tau in TAUS]
        assert all(abs(share - 1) > 0.1 for share in shares[: beats.index(True) + 1])
    for tau, noise in FREE:
        found = complete(tau=tau, noise=noise)
        zero = found.errors[0].zero
        assert abs(found.free / zero - 1) > 0.2
        assert free.ask((tau, noise)).answer == (1 if found.free < zero else 2)
