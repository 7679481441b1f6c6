"""What values a setting of a run may have, and the checks against it.

Each check raises InputError with the setting's name as its option.
"""

from __future__ import annotations

import math

from seqtui.corpora.errors import InputError, flag

MAXIMUM_ORDER = 10
BOUNDS = {
    "order": (1, MAXIMUM_ORDER),
    "hidden": (1, 65_536),
    "layers": (1, 100),
    "embedding": (0, 65_536),
    "context": (1, 65_536),
    "heads": (1, 1_024),
    "batch_size": (1, 1_000_000),
    "window": (1, 1_000_000),
    "bptt": (1, 1_000_000),
    "accumulation": (1, 1_000_000),
    "warmup_steps": (0, 2**53),
    "patience": (1, 1_000_000),
    "steps": (1, 2**53),
    "epochs": (1, 1_000_000),
    "seed": (0, 2**53),
    "evaluate_every": (1, 2**53),
    "checkpoint_every": (1, 2**53),
    "sample_every": (1, 2**53),
    "threads": (1, 1_024),
}
"""Least and largest value of each whole number: a stranger's run.json is read too, and a number
of layers without bound would take all memory before anything else is checked."""

LEAST_K, MOST_K = 1e-100, 1e9
"""Bounds of add-k's k."""


def one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    """The value is one of the choices."""
    if value not in choices:
        raise InputError(
            "{flag} {value}: choose one of {choices}",
            option=name,
            flag=flag(name),
            value=value,
            choices=", ".join(choices),
        )


def between(name: str, value: int | None, least: int, most: int) -> None:
    """A whole number within its limits, both included; None is a default."""
    if value is not None and value < least:
        raise InputError(
            "{flag} {value}: must be at least {least}",
            option=name,
            flag=flag(name),
            value=value,
            least=least,
        )
    if value is not None and value > most:
        raise InputError(
            "{flag} {value}: must be at most {most:,}",
            option=name,
            flag=flag(name),
            value=value,
            most=most,
        )


def addable(k: float) -> None:
    """What may be added to each count: beyond these, sums and shares are not finite numbers."""
    if 0 < k < LEAST_K:
        raise InputError(
            "--k {k}: must be at least {least}; for unsmoothed counts use --smoothing mle",
            option="k",
            k=k,
            least=LEAST_K,
        )
    if not k > 0:
        raise InputError(
            "--k {k}: must be a number above 0; for unsmoothed counts use --smoothing mle",
            option="k",
            k=k,
        )
    if k > MOST_K:
        raise InputError(
            "--k {k}: must be at most {most:g}; for equal probabilities use --model uniform",
            option="k",
            k=k,
            most=MOST_K,
        )


def above_zero(name: str, value: float | None) -> None:
    """A finite number above 0; None is a default."""
    if value is None or 0 < value < math.inf:
        return
    raise InputError(
        "{flag} {value}: must be a number above 0", option=name, flag=flag(name), value=value
    )
