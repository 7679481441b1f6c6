"""Training in the foreground: one live line while it trains, signals that stop and save it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqtui.corpora.errors import Cancelled, EndedBySignal
from seqtui.engine.runs import events as kinds
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.history import History
from seqtui.tui.cli import console
from seqtui.tui.cli.signals import stopped_by_signals
from seqtui.tui.numbers import count, duration, nats, perplexity, share
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.protocol import LanguageModel
    from seqtui.engine.runs.events import Event
    from seqtui.engine.runs.request import RunRequest
    from seqtui.engine.settings.run_config import RunConfig


def train_in_foreground(request: RunRequest) -> tuple[dict[str, Any], int]:
    """Train until the end or a signal; the result document, and 0 or 128+n for signal n.

    1 where what the document reports is not on the disk. A signal stops the run between two steps,
    and the run is saved. Errors of the engine are raised.
    """
    control = Control()
    model = request.config.model_name

    def stop() -> bool:
        control.stop()
        return control.begun  # else nothing is to be saved yet

    with (
        console.Progress(model) as progress,
        stopped_by_signals(stop) as stopped,
    ):
        progress.show(_("starting {model} …").format(model=model))
        from seqtui.engine.launch import launch
        from seqtui.engine.runs.result import UnsavedError

        try:
            document = launch(request, TrainingLine(progress).take, control)
        except UnsavedError as error:
            return error.document, 1
        except Cancelled:  # before all processes of the run had come
            raise EndedBySignal(stopped.exit_code) from None
    return document, stopped.exit_code


def fit_in_foreground(
    config: RunConfig, corpus: Corpus
) -> tuple[dict[str, Any], int, LanguageModel | None]:
    """Fit a counted model that no run keeps: as `train_in_foreground`, and the model.

    There is no model where a signal came before it was fitted.
    """
    from seqtui.engine.training.counting import fit

    control = Control()
    models: list[LanguageModel] = []

    def stop() -> bool:
        control.stop()
        return True  # what was counted is printed

    with (
        console.Progress(config.model_name) as progress,
        stopped_by_signals(stop) as stopped,
    ):
        line = TrainingLine(progress)
        document = fit(config, corpus, None, line.take, control, on_model=models.append)
    return document, stopped.exit_code, models[0] if models else None


def assist_in_foreground(request: RunRequest) -> int:
    """Take part in a run of several processes until rank 0 ends it; 0, or 128+n for signal n.

    A signal is left to rank 0, which receives it too: it saves, and then ends the others. Before
    all have come, it ends this one.
    """
    from seqtui.engine.launch import assist

    with stopped_by_signals(lambda: True) as stopped:
        try:
            assist(request, console.complain, lambda: stopped.signal is None)
        except Cancelled:
            raise EndedBySignal(stopped.exit_code) from None
    return stopped.exit_code


class TrainingLine:
    """The live line of a run, written anew by its events."""

    def __init__(self, progress: console.Progress) -> None:
        self._progress = progress
        self._history = History()

    def take(self, event: Event) -> None:
        """Show an event; a notice gets a line of its own."""
        self._history.add(event)
        match event:
            case kinds.StepReport():
                self._progress.show(self._line(event))
            case kinds.Notice(text=text):
                self._progress.clear()
                console.complain(text)
            case _:
                pass

    def _line(self, report: kinds.StepReport) -> str:
        """The parts in order of use: a narrow terminal cuts the end."""
        from seqtui.engine.evaluation import perplexity_of

        parts = [self._step(report.step)]
        if report.eta is not None:
            parts.append(_("ETA {time}").format(time=duration(report.eta)))
        parts.append(_("loss {loss}").format(loss=nats(report.loss)))
        train = perplexity(perplexity_of(report.loss))
        evaluated = self._history.evaluated
        if evaluated is not None:
            held_out = perplexity(evaluated.evaluation.perplexity)
            both = _("ppl {train}, held-out {held_out}")
            parts.append(both.format(train=train, held_out=held_out))
        else:
            parts.append(_("ppl {perplexity}").format(perplexity=train))
        if report.tokens_per_second:
            rate = count(round(report.tokens_per_second))
            parts.append(_("{rate} tok/s").format(rate=rate))
        return "  ".join(parts)

    def _step(self, step: int) -> str:
        total = self._history.steps_total
        if not total:
            return _("step {step}").format(step=count(step))
        text = _("step {step}/{total} {share}")
        return text.format(
            step=count(step), total=count(total), share=share(min(step / total, 1.0))
        )
