"""The shape of every laboratory, and the list of them.

A laboratory is a module with

- `Settings`, a frozen dataclass of what can be chosen, its fields made by `settings.setting`,
- `LABELS`, the names of its settings and figures as they are shown: those of the document, with
  spaces for underscores,
- `run(corpus, settings, on_progress=None)`, which returns frozen figures; it raises InputError for
  settings that do not fit, and Cancelled when `on_progress(done, total)` returns False; or, where
  it takes longer than a moment, `stream(corpus, settings, on_progress=None)`, which yields figures
  as far as they are known, the last of them complete,
- where it needs them, `trains(settings)`, whether these figures are trained once they are asked
  for, `before_training(corpus, settings, on_progress=None)`, which returns those of them that are
  known without it, and `varies(settings)`, whether they differ between machines for another reason,
- figures with a `document()`, which is JSON and made by `document_of`,
- `SOURCES`, the functions that made its numbers, to be read beside them.

It knows no screen: a pane and `seqtui lab` show the same figures. Its tasks are in
`tasks/<module>.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Protocol

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.engine.labs.settings import check_settings, settings_of

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.progress import OnProgress

VIEW = "view"
"""The setting of laboratories that answer in several pictures."""


class Figures(Protocol):
    """What a laboratory found."""

    @property
    def settings(self) -> Any:
        """For which settings."""
        ...

    def document(self) -> dict[str, Any]:
        """All of it as JSON: lab, figures, formula, parameters, seed, corpus, seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Prediction:
    """What is asked before the picture is seen; three answers, of which the picture shows one."""

    question: UserMessage
    answers: tuple[UserMessage, UserMessage, UserMessage]


@dataclass(frozen=True, slots=True)
class Lab:
    """One laboratory; its module is imported when it is first used."""

    name: str
    """As it is written after `seqtui lab`."""
    question: UserMessage
    """What it answers."""
    module: str
    """The last part of the module's name."""
    kind: Literal["picture", "stage"] = "picture"
    """A picture has a screen of its own; a stage is a part of another pane."""
    pane: str = "labs"
    """The pane where it is seen."""
    action: str = ""
    """The action of that pane which shows a stage."""
    reads_corpus: bool = True
    """Whether its figures depend on a text."""
    minutes: int = 5
    """What it takes in a lesson, with its tasks."""
    prediction: Prediction | None = None
    plays: bool = False
    """Whether it is played, character by character, once its figures are there."""

    @property
    def settings(self) -> type[Any]:
        """The frozen dataclass of its settings."""
        settings: type[Any] = self._loaded.Settings
        return settings

    @property
    def labels(self) -> Sequence[UserMessage]:
        """The names of its settings and figures."""
        labels: Sequence[UserMessage] = self._loaded.LABELS
        return labels

    @property
    def views(self) -> tuple[str, ...]:
        """The names of its pictures; none where there is one."""
        found = settings_of(self.settings).get(VIEW)
        return found.values if found is not None else ()

    @property
    def sources(self) -> tuple[Callable[..., Any], ...]:
        """The functions that made its numbers."""
        found: tuple[Callable[..., Any], ...] = self._loaded.SOURCES
        return found

    def trains(self, settings: Any) -> bool:
        """Whether these figures need training, which is begun only when it is asked for."""
        asked = getattr(self._loaded, "trains", None)
        return bool(asked is not None and asked(settings))

    def varies(self, settings: Any) -> bool:
        """Whether these figures differ between machines: trained, timed, or from a file of one's
        own."""
        asked = getattr(self._loaded, "varies", None)
        return self.trains(settings) or bool(asked is not None and asked(settings))

    @property
    def knows_before_training(self) -> bool:
        """Whether some figures of what trains are there without it."""
        return hasattr(self._loaded, "before_training")

    def before_training(
        self, corpus: Corpus | None, settings: Any, on_progress: OnProgress | None = None
    ) -> Figures:
        """The figures that are known without a training. Raises as `stream`."""
        check_settings(settings)
        found: Figures = self._loaded.before_training(corpus, settings, on_progress)
        return found

    def stream(
        self, corpus: Corpus | None, settings: Any, on_progress: OnProgress | None = None
    ) -> Iterator[Figures]:
        """Its figures for a corpus, as far as they are known; the last are complete.

        Raises InputError for settings and texts that do not fit, and Cancelled.
        """
        check_settings(settings)
        module = self._loaded
        if hasattr(module, "stream"):
            yield from module.stream(corpus, settings, on_progress)
        else:
            yield module.run(corpus, settings, on_progress)

    def run(
        self, corpus: Corpus | None, settings: Any, on_progress: OnProgress | None = None
    ) -> Figures:
        """Its complete figures for a corpus. Raises as `stream`."""
        figures = None
        for figures in self.stream(corpus, settings, on_progress):  # noqa: B007
            pass
        assert figures is not None
        return figures

    @property
    def _loaded(self) -> Any:
        return import_module(f"seqtui.engine.labs.{self.module}")


LABS: dict[str, Lab] = {
    lab.name: lab
    for lab in (
        Lab(
            "chain-rule",
            UserMessage("Which factors make the probability of a sentence?"),
            "chain_rule",
            kind="stage",
            pane="ngrams",
            action="sentence",
            minutes=10,
        ),
        Lab(
            "estimators",
            UserMessage("Which estimator predicts held-out text best, and at which order?"),
            "estimators",
            kind="stage",
            pane="ngrams",
            action="estimators",
        ),
        Lab(
            "gradients",
            UserMessage("How much does the loss at t know of h at t−k?"),
            "gradients",
            reads_corpus=False,
            minutes=15,
            prediction=Prediction(
                UserMessage(
                    "An LSTM and a plain RNN, both as they are initialised: what is left of the "
                    "gradient after 40 steps?"
                ),
                (
                    UserMessage("the LSTM keeps nearly all of it, the RNN nothing"),
                    UserMessage("both keep next to nothing"),
                    UserMessage("both keep nearly all of it"),
                ),
            ),
        ),
        Lab(
            "guess",
            UserMessage("You against the models: who guesses the next letter?"),
            "guess",
            plays=True,
            minutes=10,
        ),
        Lab(
            "heart",
            UserMessage("Learned, or learned by heart?"),
            "heart",
            minutes=15,
            prediction=Prediction(
                UserMessage(
                    "A network reads the same 10,000 characters 500 times; its training perplexity "
                    "falls to 1.3. What is its perplexity on the characters that follow?"
                ),
                (
                    UserMessage("about 1.3 too"),
                    UserMessage("some 9, as at its best epoch"),
                    UserMessage("worse than guessing"),
                ),
            ),
        ),
        Lab(
            "memory",
            UserMessage("How far back does a model look?"),
            "memory",
            minutes=15,
            prediction=Prediction(
                UserMessage(
                    "An LSTM reads exactly the last c characters. Up to which c does its loss "
                    "still fall?"
                ),
                (
                    UserMessage("about 10"),
                    UserMessage("about 100"),
                    UserMessage("without end: its state carries everything"),
                ),
            ),
        ),
        Lab(
            "perplexity",
            UserMessage("What does a perplexity mean, and how many bytes is it?"),
            "perplexity",
            minutes=10,
            prediction=Prediction(
                UserMessage(
                    "Two batches: one target with a loss of 2 nats, three with 1 nat. What is "
                    "their perplexity?"
                ),
                (
                    UserMessage("exp(1.5) = 4.48, of the mean of both"),
                    UserMessage("exp(1.25) = 3.49, of the mean of all targets"),
                    UserMessage("5.05, the mean of exp(2) and exp(1)"),
                ),
            ),
        ),
        Lab(
            "rnn-twins",
            UserMessage("Do an RNN written out and a fused one compute the same?"),
            "rnn_twins",
            kind="stage",
            pane="train",
            action="rnns",
        ),
        Lab(
            "series",
            UserMessage("How far ahead does the past reach, and beyond the data?"),
            "series",
            reads_corpus=False,
            minutes=15,
            prediction=Prediction(
                UserMessage(
                    "A model predicts the next value of a noisy sine nearly as well as can be. "
                    "Left to run on by itself, its error, beside that of always saying 0, is"
                ),
                (
                    UserMessage("smaller"),
                    UserMessage("about the same"),
                    UserMessage("larger"),
                ),
            ),
        ),
    )
}
"""All laboratories by name, in the order of the list."""


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
    corpus: str | None,
    seconds: float,
    seed: int | None = None,
) -> dict[str, Any]:
    """The JSON of a laboratory; a number that is not finite is None.

    `settings` is the frozen dataclass, `corpus` a fingerprint (None where no text is read); `seed`
    is None where no chance is in it.
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
