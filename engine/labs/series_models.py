"""The models of the laboratory of series: what they learn from, and how they run on by themselves.

All are fitted to predict one step. Further steps come from feeding their own predictions back.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from seqtui.engine.labs.series_sources import Values

LEAST_SQUARES, MLP, RNN, GRU = "least-squares", "mlp", "rnn", "gru"
HIDDEN = 16
EPOCHS = 300
"""Of a network, at most; its share of the budget may end before."""
CHUNK = 60
"""Values that a recurrent network reads, its state starting at zero; further on it drifts."""
_RATE = 0.01


class Model(Protocol):
    """A fitted model."""

    epochs: int
    """How many times it went through its training values; 0 where it was solved for."""

    def rollout(self, x: Values, ends: NDArray[np.int64], steps: int) -> Values:
        """For each end e, rising, what x[e], x[e+1] … will be, from x[:e] alone: [ends, steps]."""
        ...


def windows_of(x: Values, tau: int) -> Values:
    """All τ values that have one after them, the oldest first: [len(x) - τ, τ]."""
    return np.lib.stride_tricks.sliding_window_view(x, tau)[:-1]


def least_squares(windows: Values, targets: Values) -> Values:
    """The τ weights, the oldest value's first, and a constant that fit best."""
    design = np.concatenate([windows, np.ones((len(windows), 1))], 1)
    return np.asarray(np.linalg.lstsq(design, targets, rcond=None)[0])


class LinearModel:
    """x̂_t = Σ w_i x_{t-i} + b."""

    epochs = 0

    def __init__(self, x: Values, tau: int, pairs: int) -> None:
        self.weights = least_squares(windows_of(x, tau)[:pairs], x[tau:][:pairs])
        """[τ + 1], the constant last."""

    def rollout(self, x: Values, ends: NDArray[np.int64], steps: int) -> Values:
        """As `Model`.

        Every prediction is a weighted sum of the window: feeding back is done once on the weights,
        not for every end, where 128 steps from 4,000 ends take a second.
        """
        tau = len(self.weights) - 1
        sums = np.zeros((tau + steps, tau + 1))
        sums[:tau, :tau] = np.eye(tau)
        for place in range(steps):
            sums[tau + place] = self.weights[:-1] @ sums[place : place + tau]
            sums[tau + place, -1] += self.weights[-1]
        windows = x[ends[:, None] + np.arange(-tau, 0)]
        return np.asarray(windows @ sums[tau:, :-1].T + sums[tau:, -1])


class PerceptronModel:
    """A network of one hidden layer that reads τ values."""

    def __init__(
        self, x: Values, tau: int, pairs: int, seed: int, go_on: Callable[[], bool]
    ) -> None:
        self._tau = tau
        self._mean, self._scale = _mean_and_scale(x[: pairs + tau])
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self._network = nn.Sequential(
                nn.Linear(tau, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1)
            ).double()
        scaled = (x - self._mean) / self._scale
        inputs = torch.tensor(windows_of(scaled, tau)[:pairs])
        targets = torch.tensor(scaled[tau:][:pairs])
        self.epochs = _train(self._network, lambda: self._network(inputs)[:, 0] - targets, go_on)

    def rollout(self, x: Values, ends: NDArray[np.int64], steps: int) -> Values:
        """As `Model`."""
        scaled = (x - self._mean) / self._scale
        return _fed_back(self._step, scaled, self._tau, ends, steps) * self._scale + self._mean

    def _step(self, windows: Values) -> Values:
        with torch.no_grad():
            return np.asarray(self._network(torch.tensor(windows))[:, 0].numpy())


class RecurrentModel:
    """A plain RNN or a GRU that reads the last 60 values, and keeps a state while it runs on."""

    def __init__(
        self, kind: str, x: Values, seen: int, seed: int, go_on: Callable[[], bool]
    ) -> None:
        self._mean, self._scale = _mean_and_scale(x[:seen])
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            layer = nn.GRU if kind == GRU else nn.RNN
            self._layer = layer(1, HIDDEN, batch_first=True).double()
            self._readout = nn.Linear(HIDDEN, 1).double()
        scaled = torch.tensor((x[:seen] - self._mean) / self._scale)
        self._length = length = min(CHUNK, seen - 1)
        rows = scaled.unfold(0, length + 1, length)
        inputs, targets = rows[:, :-1, None], rows[:, 1:]
        network = nn.ModuleList([self._layer, self._readout])

        def errors() -> Tensor:
            guesses: Tensor = self._readout(self._layer(inputs)[0])
            return guesses[..., 0] - targets

        self.epochs = _train(network, errors, go_on)

    def rollout(self, x: Values, ends: NDArray[np.int64], steps: int) -> Values:
        """As `Model`."""
        scaled = torch.tensor((x - self._mean) / self._scale)
        predictions = []
        with torch.no_grad():
            states = self._states(scaled, ends)
            for step in range(steps):
                guess = self._readout(states)
                predictions.append(guess[:, 0])
                if step < steps - 1:
                    states = self._layer(guess[:, None], states[None].contiguous())[0][:, 0]
        return np.asarray(torch.stack(predictions, 1).numpy() * self._scale + self._mean)

    def _states(self, scaled: Tensor, ends: NDArray[np.int64]) -> Tensor:
        """After the last values before each end: [ends, hidden]."""
        early = torch.tensor(ends[ends < self._length])
        first: Tensor = self._layer(scaled[None, : self._length, None])[0][0]
        late = torch.tensor(ends[ends >= self._length])
        if not len(late):
            return first[early - 1]
        places = late[:, None] + torch.arange(-self._length, 0)
        rest: Tensor = self._layer(scaled[places][..., None])[1][0]
        return torch.cat([first[early - 1], rest])


def fitted(
    kind: str, x: Values, tau: int, pairs: int, seed: int, go_on: Callable[[], bool]
) -> Model:
    """A model of the first `pairs` pairs of τ values and the next; `go_on` may end its training."""
    if kind == LEAST_SQUARES:
        return LinearModel(x, tau, pairs)
    if kind == MLP:
        return PerceptronModel(x, tau, pairs, seed, go_on)
    return RecurrentModel(kind, x, pairs + tau, seed, go_on)


def errors_ahead(
    x: Values, predictions: Values, tau: int, first: int, steps: Sequence[int]
) -> list[float]:
    """The mean squared error k steps ahead over the targets x[first:], for every k.

    `predictions` [end, step]: row i has seen x[:τ + i]. NaN where there is no target.
    """
    errors = []
    for k in steps:
        targets = np.arange(max(first, k + tau - 1), len(x))
        guesses = predictions[targets - tau - k + 1, k - 1]
        errors.append(float(np.mean((guesses - x[targets]) ** 2)) if len(targets) else math.nan)
    return errors


def until(seconds: float, keep_going: Callable[[], None]) -> Callable[[], bool]:
    """Whether the budget of a training is not spent; `keep_going` raises what cancels it.

    The clock starts at the first question: before it the first optimiser of a process imports for
    seconds.
    """
    end: float | None = None

    def go_on() -> bool:
        nonlocal end
        keep_going()
        now = time.monotonic()
        if end is None:
            end = now + seconds
        return now < end

    return go_on


def _fed_back(
    step: Callable[[Values], Values], x: Values, tau: int, ends: NDArray[np.int64], steps: int
) -> Values:
    known = np.empty((len(ends), tau + steps))
    known[:, :tau] = x[ends[:, None] + np.arange(-tau, 0)]
    for place in range(steps):
        known[:, tau + place] = step(known[:, place : place + tau])
    return known[:, tau:]


def _train(network: nn.Module, errors: Callable[[], Tensor], go_on: Callable[[], bool]) -> int:
    """Descend the mean square; how many epochs the budget allowed."""
    optimiser = torch.optim.Adam(network.parameters(), _RATE)
    for epoch in range(EPOCHS):
        if not go_on():
            return epoch
        loss = errors().square().mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return EPOCHS


def _mean_and_scale(x: Values) -> tuple[float, float]:
    return float(x.mean()), float(x.std()) or 1.0
