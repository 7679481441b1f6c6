"""What is left of a gradient on its way back through time, why it explodes, and what cuts it.

Three views. By distance: the norm of dL_t/dh_{t-k} over k, for a loss at one step or for the sum of
the losses of all steps. Clipping: how a small network fares at a learning rate, with and without.
Truncation: how far back a window of T steps lets a gradient go.

Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks" (2013).
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from seqtui.corpora.corpus import Corpus
from seqtui.corpora.errors import Cancelled, UserMessage
from seqtui.corpora.progress import OnProgress
from seqtui.engine.labs.lab import document_of
from seqtui.engine.labs.settings import setting

LABELS = (
    UserMessage("activation"),
    UserMessage("cell"),
    UserMessage("clipped"),
    UserMessage("distance"),
    UserMessage("forget bias"),
    UserMessage("guessing"),
    UserMessage("hidden"),
    UserMessage("infinite"),
    UserMessage("largest norm"),
    UserMessage("learning rate"),
    UserMessage("lives"),
    UserMessage("loss"),
    UserMessage("matrix"),
    UserMessage("mean reach"),
    UserMessage("norm"),
    UserMessage("norms"),
    UserMessage("peak"),
    UserMessage("reach"),
    UserMessage("rho"),
    UserMessage("seed"),
    UserMessage("share"),
    UserMessage("steps"),
    UserMessage("view"),
    UserMessage("window"),
)
DISTANCE, CLIPPING, TRUNCATION = "distance", "clipping", "truncation"
STEPS = 40
"""The farthest distance that is drawn."""
RATES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Learning rates of the view of clipping."""
TRAINED_STEPS = 60
TYPES, HIDDEN, ROWS, WINDOW = 28, 64, 16, 20
"""Sizes of the network that is trained there, on a chain of Markov that is drawn."""
CLIP_NORM = 1.0
FORMULAS = {
    DISTANCE: "‖dL_t/dh_{t-k}‖ = ‖dL_t/dh_t · ∏ diag σ'(·) W_hhᵀ‖",
    CLIPPING: "g ← min(1, θ/‖g‖) g;  a step of SGD is at most lr·θ long",
    TRUNCATION: "mean reach in a window of T steps = (T-1)/2",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen."""

    view: str = setting(DISTANCE, (DISTANCE, CLIPPING, TRUNCATION))
    rho: float = setting(
        0.9,
        (0.2, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.5, 2.0, 3.0),
        views=(DISTANCE, CLIPPING),
    )
    """Spectral radius of W_hh; the shape `growing` has its own."""
    matrix: str = setting("orthogonal", ("orthogonal", "gaussian", "growing"), views=(DISTANCE,))
    """`growing` is [[.9 5] [0 .9]]: both eigenvalues .9, and yet it grows at first."""
    activation: str = setting("linear", ("linear", "tanh", "relu"), views=(DISTANCE, CLIPPING))
    """Of the plain RNN; an LSTM and a GRU have their own."""
    cell: str = setting("rnn", ("rnn", "gru", "lstm"), views=(DISTANCE,))
    """`gru` and `lstm` are drawn as the framework initialises them; rho and matrix are not used."""
    forget_bias: float = setting(0.0, (0.0, 1.0, 2.0, 3.0), views=(DISTANCE,))
    """Added to the forget gate of the LSTM."""
    hidden: int = setting(64, (2, 8, 16, 32, 64, 128, 256), views=(DISTANCE,))
    loss: str = setting("single", ("single", "sum"), views=(DISTANCE,))
    """Of the last step alone, or the sum of the losses of all steps."""
    window: int = setting(35, (5, 10, 20, 35, 64, 128), low=2, views=(TRUNCATION,))
    seed: int = setting(0, tuple(range(10)), low=0, high=2**31 - 1)


@dataclass(frozen=True, slots=True)
class Life:
    """How a network fared at one learning rate."""

    learning_rate: float
    clipped: bool
    steps: int | None
    """After which a loss or a gradient was not finite; None for never."""
    loss: float
    """Nats a token, of the last step that was finite; NaN where none was."""
    largest_norm: float
    """Of the gradient before it was clipped."""


@dataclass(frozen=True, eq=False)
class Figures:
    """What one view found."""

    settings: Settings
    norms: tuple[float, ...]
    """By distance k from 0: relative to k = 0; not finite where it is beyond the range."""
    lives: tuple[Life, ...]
    """By learning rate, without clipping and with it."""
    reach: tuple[float, ...]
    """By distance k: the share of a window's targets whose gradient goes back k steps."""
    seconds: float

    @property
    def peak(self) -> int:
        """The distance of the largest norm."""
        finite = [norm if math.isfinite(norm) else math.inf for norm in self.norms]
        return finite.index(max(finite)) if finite else 0

    @property
    def mean_reach(self) -> float:
        """Steps that the gradient of a target goes back on average."""
        return (self.settings.window - 1) / 2

    def document(self) -> dict[str, Any]:
        """The figures as JSON."""
        view = self.settings.view
        figures: dict[str, Any] = {}
        if view == DISTANCE:
            figures = {
                "norms": [{"distance": k, "norm": norm} for k, norm in enumerate(self.norms)],
                "peak": self.peak,
                "infinite": sum(not math.isfinite(norm) for norm in self.norms),
            }
        elif view == CLIPPING:
            figures = {
                "guessing": math.log(TYPES),
                "lives": [asdict(life) for life in self.lives],
            }
        else:
            figures = {
                "mean_reach": self.mean_reach,
                "reach": [{"distance": k, "share": share} for k, share in enumerate(self.reach)],
            }
        return document_of(
            "gradients",
            figures=figures,
            formula=FORMULAS[view],
            settings=self.settings,
            corpus=None,
            seconds=self.seconds,
            seed=self.settings.seed,
        )


def varies(settings: Settings) -> bool:
    """Whether steps are trained: what explodes does so at other steps on other machines."""
    return settings.view == CLIPPING


def run(
    corpus: Corpus | None, settings: Settings, on_progress: OnProgress | None = None
) -> Figures:
    """The figures of one view. No text is read, and torch's random state is left alone."""
    began = time.perf_counter()
    norms: tuple[float, ...] = ()
    lives: tuple[Life, ...] = ()
    reach: tuple[float, ...] = ()
    if settings.view == DISTANCE:
        norms = norms_by_distance(settings)
    elif settings.view == CLIPPING:
        tried = [(rate, clip) for rate in RATES for clip in (False, True)]
        found = []
        for number, (rate, clip) in enumerate(tried):
            if on_progress is not None and not on_progress(number, len(tried)):
                raise Cancelled
            found.append(life_of(settings, rate, clip))
        lives = tuple(found)
    else:
        reach = shares_by_distance(settings.window)
    return Figures(settings, norms, lives, reach, time.perf_counter() - began)


def recurrent_matrix(settings: Settings, generator: torch.Generator) -> Tensor:
    """W_hh of the plain RNN, in float64: [hidden, hidden], or the 2 x 2 matrix that grows."""
    if settings.matrix == "growing":
        return torch.tensor([[0.9, 5.0], [0.0, 0.9]], dtype=torch.float64)
    drawn = torch.randn(settings.hidden, settings.hidden, generator=generator, dtype=torch.float64)
    if settings.matrix == "orthogonal":
        rotation: Tensor = torch.linalg.qr(drawn).Q
        return rotation * settings.rho
    radius = float(torch.linalg.eigvals(drawn).abs().max())
    return drawn * (settings.rho / radius)


def norms_by_distance(settings: Settings) -> tuple[float, ...]:
    """‖dL/dh_{T-k}‖ / ‖dL_T/dh_T‖ for k = 0 … 40, by automatic differentiation in float64.

    The loss of a step is a product of its hidden state with one fixed random vector, so that
    nothing but the way back decides.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    if settings.matrix == "growing" and settings.cell == "rnn":
        return _norms_of_powers(recurrent_matrix(settings, generator))
    step, state, size = _cell(settings, generator)
    direction = torch.randn(size, generator=generator, dtype=torch.float64)
    states: list[Tensor] = []
    for _step in range(STEPS + 1):
        state = step(state)
        states.append(state[0])
    losses = [each @ direction for each in states]
    loss = losses[-1] if settings.loss == "single" else torch.stack(losses).sum()
    gradients = torch.autograd.grad(loss, states)
    last = float(direction.norm())
    return tuple(float(each.norm()) / last for each in reversed(gradients))


def _norms_of_powers(matrix: Tensor) -> tuple[float, ...]:
    """The spectral norm of each power: the most that any gradient can keep of itself."""
    power, norms = torch.eye(len(matrix), dtype=matrix.dtype), []
    for _k in range(STEPS + 1):
        norms.append(float(torch.linalg.matrix_norm(power, 2)))
        power = power @ matrix
    return tuple(norms)


_INPUT_SCALE = 0.1
"""Of the inputs: small ones leave tanh in its steep part, where a gradient can explode."""


def _cell(settings: Settings, generator: torch.Generator) -> tuple[Any, tuple[Tensor, ...], int]:
    """One step of a network from state to state, its first state, and its width."""
    hidden = settings.hidden
    inputs = _INPUT_SCALE * torch.randn(
        STEPS + 1, 1, hidden, generator=generator, dtype=torch.float64
    )
    remaining = iter(inputs)
    start = torch.zeros(1, hidden, dtype=torch.float64, requires_grad=True)
    if settings.cell == "rnn":
        matrix = recurrent_matrix(settings, generator)
        squash = _SQUASH[settings.activation]

        def rnn_step(state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            return (squash(next(remaining)[0] + state[0] @ matrix.T),)

        return rnn_step, (start[0],), hidden
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        if settings.cell == "gru":
            gru = nn.GRUCell(hidden, hidden, dtype=torch.float64)
            return lambda state: (gru(next(remaining), state[0][None])[0],), (start[0],), hidden
        lstm = nn.LSTMCell(hidden, hidden, dtype=torch.float64)
    with torch.no_grad():
        lstm.bias_hh[hidden : 2 * hidden] += settings.forget_bias

    def lstm_step(state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        h, c = lstm(next(remaining), (state[0][None], state[1][None]))
        return h[0], c[0]

    return lstm_step, (start[0], torch.zeros(hidden, dtype=torch.float64)), hidden


def _same(values: Tensor) -> Tensor:
    return values


def life_of(settings: Settings, rate: float, clipped: bool) -> Life:
    """Train a small network by SGD for 60 steps, until a number is not finite.

    W_hh starts as rho times an orthogonal matrix; the text is drawn from a chain of Markov, so that
    no corpus decides. The state is carried and detached.
    """
    generator = torch.Generator().manual_seed(settings.seed)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    chain = torch.softmax(2 * drawn(TYPES, TYPES), 1)
    w_xh, w_hq = 0.1 * drawn(TYPES, HIDDEN), 0.1 * drawn(HIDDEN, TYPES)
    w_hh: Tensor = torch.linalg.qr(drawn(HIDDEN, HIDDEN)).Q * settings.rho
    weights = [w_xh, w_hh.clone(), torch.zeros(HIDDEN), w_hq, torch.zeros(TYPES)]
    for weight in weights:
        weight.requires_grad_()
    squash = _SQUASH[settings.activation]
    state, last, largest = torch.zeros(ROWS, HIDDEN), math.nan, 0.0
    for step in range(TRAINED_STEPS):
        ids = [torch.randint(TYPES, (ROWS,), generator=generator)]
        for _t in range(WINDOW):
            ids.append(torch.multinomial(chain[ids[-1]], 1, generator=generator)[:, 0])
        losses = []
        for inputs, targets in itertools.pairwise(ids):
            state = squash(weights[0][inputs] + state @ weights[1] + weights[2])
            losses.append(nn.functional.cross_entropy(state @ weights[3] + weights[4], targets))
        loss = torch.stack(losses).mean()
        gradients = torch.autograd.grad(loss, weights)
        norm = float(torch.stack([each.norm() for each in gradients]).norm())
        nats = float(loss.detach())
        if not (math.isfinite(norm) and math.isfinite(nats)):
            return Life(rate, clipped, step, last, largest)
        last, largest = nats, max(largest, norm)
        share = min(1.0, CLIP_NORM / norm) if clipped and norm > 0 else 1.0
        with torch.no_grad():
            for weight, gradient in zip(weights, gradients, strict=True):
                weight -= rate * share * gradient
        state = state.detach()
    return Life(rate, clipped, None, last, largest)


def shares_by_distance(window: int) -> tuple[float, ...]:
    """For k = 0 … T-1: the share of the T targets of a window that lie at least k steps inside."""
    return tuple((window - k) / window for k in range(window))


_SQUASH: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": _same,
    "tanh": torch.tanh,
    "relu": torch.relu,
}

SOURCES = (norms_by_distance, life_of, recurrent_matrix, shares_by_distance)
