"""The estimators by the names that `--smoothing` gives them."""

from __future__ import annotations

from seqtui.corpora.errors import InputError, plural_message
from seqtui.engine.ngrams.add_k import AddK, Lidstone, MaximumLikelihood
from seqtui.engine.ngrams.backoff import Boundaries
from seqtui.engine.ngrams.counts import count_ngrams
from seqtui.engine.ngrams.estimation import Estimator
from seqtui.engine.ngrams.interpolation import (
    LinearInterpolation,
    StupidBackoff,
    WittenBell,
    fit_weights,
)
from seqtui.engine.ngrams.katz import Katz
from seqtui.engine.ngrams.kneser_ney import AbsoluteDiscounting, KneserNey, ModifiedKneserNey
from seqtui.engine.protocol import Ids
from seqtui.engine.settings.limits import one_of

ESTIMATORS: dict[str, type[Estimator]] = {
    each.name: each
    for each in (
        MaximumLikelihood,
        AddK,
        Lidstone,
        Katz,
        WittenBell,
        AbsoluteDiscounting,
        KneserNey,
        ModifiedKneserNey,
        LinearInterpolation,
        StupidBackoff,
    )
}
HELD_BACK = 10
"""One in ten tokens of the training text, the last of it, fits the weights of an interpolation."""


def estimator_named(name: str, parameters: tuple[float, ...] = ()) -> Estimator:
    """The estimator of a name. Raises InputError for a name or parameters that do not fit."""
    one_of("smoothing", name, tuple(ESTIMATORS))
    try:
        return ESTIMATORS[name](*parameters)
    except TypeError as error:
        raise InputError(
            plural_message(
                "--smoothing {name}: {count} parameter does not fit",
                "--smoothing {name}: {count} parameters do not fit",
                len(parameters),
                name=name,
            ),
            option="smoothing",
        ) from error


def choose_estimator(
    name: str,
    ids: Ids,
    order: int,
    vocabulary_size: int,
    k: float = 1.0,
    boundaries: Boundaries | None = None,
) -> Estimator:
    """The estimator for a training text; `k` is what add-k adds.

    The weights of a linear interpolation are fitted on the last tenth of the text, given the
    counts of the rest: the text that will measure the model must not influence it.
    """
    if name == AddK.name:
        return AddK(k)
    if name != LinearInterpolation.name:
        return estimator_named(name)
    cut = len(ids) - len(ids) // HELD_BACK
    if cut < order or cut == len(ids):
        return LinearInterpolation(*[0.5] * order)
    end = None if boundaries is None else boundaries.end
    counted = count_ngrams(ids[:cut], order, vocabulary_size, end=end)
    return fit_weights(counted, ids[cut:], boundaries)
