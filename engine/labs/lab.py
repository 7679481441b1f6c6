"""The shape of every laboratory, and the list of them.

A laboratory is a module with

- `Settings`, a frozen dataclass of what can be chosen, every field with a default,
- `LABELS`, the names of its settings and figures as they are shown: those of the document, with
  spaces for underscores,
- `run(corpus, settings, on_progress=None)`, which returns frozen figures; it raises InputError for
  settings that do not fit, and Cancelled when `on_progress(done, total)` returns False,
- figures with a `document()`, which is JSON and made by `document_of`.

It knows no screen: a pane and `seqtui lab` show the same figures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from seqtui.corpora.errors import InputError, UserMessage

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.progress import OnProgress


class Figures(Protocol):
    """What a laboratory found."""

    def document(self) -> dict[str, Any]:
        """All of it as JSON: lab, figures, formula, parameters, seed, corpus, seconds."""
        ...


class _Module(Protocol):
    """What a laboratory's module has."""

    Settings: type[Any]
    LABELS: Sequence[UserMessage]

    def run(
        self, corpus: Corpus, settings: Any, on_progress: OnProgress | None = None
    ) -> Figures: ...


@dataclass(frozen=True, slots=True)
class Lab:
    """One laboratory; its module is imported when it is first used."""

    name: str
    """As it is written after `seqtui lab`."""
    question: UserMessage
    """What it answers."""
    module: str

    @property
    def settings(self) -> type[Any]:
        """The frozen dataclass of its settings."""
        return self._loaded.Settings

    @property
    def labels(self) -> Sequence[UserMessage]:
        """The names of its settings and figures."""
        return self._loaded.LABELS

    def run(self, corpus: Corpus, settings: Any, on_progress: OnProgress | None = None) -> Figures:
        """Its figures for a corpus."""
        return self._loaded.run(corpus, settings, on_progress)

    @property
    def _loaded(self) -> _Module:
        return cast(_Module, import_module(self.module))


LABS: dict[str, Lab] = {
    lab.name: lab
    for lab in (
        Lab(
            "chain-rule",
            UserMessage("Which factors make the probability of a sentence?"),
            "seqtui.engine.labs.chain_rule",
        ),
        Lab(
            "estimators",
            UserMessage("Which estimator predicts held-out text best, and at which order?"),
            "seqtui.engine.labs.estimators",
        ),
        Lab(
            "rnn-twins",
            UserMessage("Do an RNN written out and a fused one compute the same?"),
            "seqtui.engine.labs.rnn_twins",
        ),
    )
}
"""All laboratories by name."""


def check_range(name: str, value: int, most: int) -> None:
    """Raise InputError unless a setting is from 1 to `most`."""
    if not 1 <= value <= most:
        raise InputError(
            "{name} {value}: choose 1 to {most}", option=name, name=name, value=value, most=most
        )


def document_of(
    lab: str,
    *,
    figures: Mapping[str, Any],
    formula: str,
    settings: Any,
    corpus: str,
    seconds: float,
    seed: int | None = None,
) -> dict[str, Any]:
    """The JSON of a laboratory; a number that is not finite is None.

    `settings` is the frozen dataclass, `corpus` a fingerprint; `seed` is None where no chance is
    in it.
    """
    document: dict[str, Any] = _finite(
        {
            "lab": lab,
            "figures": figures,
            "formula": formula,
            "parameters": asdict(settings),
            "seed": seed,
            "corpus": corpus,
            "seconds": seconds,
        }
    )
    return document


def _finite(value: Any) -> Any:
    """The same without what JSON cannot hold."""
    if isinstance(value, Mapping):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
