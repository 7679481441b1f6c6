"""Where the values of the laboratory of series come from, and what theory says about them.

Each series is a signal plus independent normal noise; that of a file is as it stands.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.columns import read_column
from seqtui.corpora.errors import InputError

Values = NDArray[np.float64]

SINE, SEASON, AWARD, HABIT, CSV = "sine", "season", "award", "habit", "csv"
PERIOD = 12
"""Of the season, in steps."""
_HARMONICS = ((1, 1.0), (2, 0.5))
"""Of the season: how many waves in a period, and their amplitude."""
_AWARDED = 0.7
"""The share of the steps before the award: it comes when the training values are over."""
_JUMP = 2.0
_DECAY = 0.1
"""Time constant of the award's decay, as a share of all steps."""
SHORTEST = 20
"""Values of a column, at least."""


def drawn(source: str, seed: int, length: int, noise: float, omega: float) -> Values:
    """A series of `length` values, t from 1.

    sine: sin(ωt). season: two harmonics of period 12. award: 0, then a step of 2 that decays.
    habit: the noisy sine minus the mean of all its values before.
    """
    t = np.arange(1, length + 1)
    noises = np.random.default_rng(seed).normal(0, noise, length)
    if source == SEASON:
        waves = [a * np.cos(2 * math.pi * n * t / PERIOD) for n, a in _HARMONICS]
        return np.asarray(np.sum(waves, 0) + noises)
    if source == AWARD:
        since = t - _AWARDED * length
        jump = np.where(since >= 0, np.exp(-np.maximum(since, 0) / (_DECAY * length)), 0.0)
        return np.asarray(_JUMP * jump + noises)
    values: Values = np.sin(omega * t) + noises
    if source == HABIT:
        before = np.concatenate([[0.0], np.cumsum(values)[:-1] / t[:-1]])
        return np.asarray(values - before)
    return values


def column_of(path: str, column: str) -> Values:
    """The values of a file. Raises InputError."""
    if not path:
        raise InputError(
            "source csv: name the file with --set file=PATH and its column with --set column=NAME",
            option="file",
        )
    values = read_column(path, column or "1")
    if len(values) < SHORTEST:
        raise InputError(
            "{path} has {count} values: a series needs at least {least}",
            option="file",
            path=path,
            count=len(values),
            least=SHORTEST,
        )
    return values


def autocovariance(source: str, lags: NDArray[np.int64], omega: float) -> Values | None:
    """Of the signal at a random time, without noise; None where it is not stationary.

    ½ Σ a² cos(ωh) over its waves, of amplitude a.
    """
    if source == SINE:
        return np.asarray(0.5 * np.cos(omega * lags))
    if source == SEASON:
        waves = [a * a / 2 * np.cos(2 * math.pi * n * lags / PERIOD) for n, a in _HARMONICS]
        return np.asarray(np.sum(waves, 0))
    return None


def optimum(source: str, tau: int, k: int, noise: float, omega: float, fed_back: bool) -> float:
    """The mean squared error of the best linear predictor of τ values, k steps ahead.

    From the autocovariances r: `fed_back` takes the best weights for one step and feeds k-1
    predictions back, r₀ - 2wᵀr + wᵀRw; else the weights are the best for k steps. NaN where the
    source is not stationary.
    """
    lags = np.arange(tau)
    signal = autocovariance(source, np.abs(lags[:, None] - lags), omega)
    ahead = autocovariance(source, lags + k, omega)
    one = autocovariance(source, lags + 1, omega)
    if signal is None or ahead is None or one is None:
        return math.nan
    total = float(signal[0, 0]) + noise**2
    covariances = signal + noise**2 * np.eye(tau)
    # Least squares, since without noise the matrix has a rank below τ.
    if not fed_back:
        best = np.linalg.lstsq(covariances, ahead, rcond=None)[0]
        return max(total - float(ahead @ best), 0.0)
    companion = np.zeros((tau, tau))
    companion[0] = np.linalg.lstsq(covariances, one, rcond=None)[0]
    companion[1:, :-1] = np.eye(tau - 1)
    weights = np.linalg.matrix_power(companion, k)[0]
    error = total - 2 * float(weights @ ahead) + float(weights @ covariances @ weights)
    return max(error, 0.0)
