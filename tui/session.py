"""What the panes work on: a corpus, what was counted in it, the run that trains.

Owns the workers (for text, for its suffix array, for writing with counted models, for torch) and
everything that outlives a pane. It knows no widget; what it imports beyond the standard library it
imports on a worker's thread.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seqtui.corpora.catalogue import DEFAULT, STDIN
from seqtui.corpora.errors import InputError, UserError, UserMessage
from seqtui.corpora.progress import OnProgress
from seqtui.engine.worker import Worker
from seqtui.tui.lab_book import LabBook
from seqtui.tui.numbers import duration
from seqtui.tui.preferences import Preferences
from seqtui.tui.tasks import Tasks

if TYPE_CHECKING:
    from pathlib import Path

    from seqtui.corpora.corpus import Corpus, CorpusOptions
    from seqtui.engine.runs.events import Event
    from seqtui.engine.runs.history import History
    from seqtui.engine.runs.run import Run
    from seqtui.engine.settings.run_config import RunConfig
    from seqtui.engine.worker import TrainingSession

SHUTDOWN_SECONDS = 2.4
"""How long a run may take to stop and save when the app ends; a signal allows three in all."""

_SIGNS = {
    "waiting": "",
    "training": "▶",
    "stopping": "▶",
    "paused": "‖",
    "done": "■",
    "stopped": "■",
    "failed": "✗",
}
"""The state of a run in one character, by the phase of its history."""


class Session:
    """The state of the app."""

    def __init__(
        self, source: str | None, options: CorpusOptions | None, labs: LabBook | None = None
    ) -> None:
        self.preferences = Preferences()
        self.text_worker = Worker("text", gives_way=True)
        self.writing_worker = Worker("writing")
        """Counted models write here, so that a long text delays nothing else."""
        self.suffix_worker = Worker("suffixes", gives_way=True)
        self.engine_worker = Worker("engine")
        self.lab_worker = Worker("labs", gives_way=True)
        self.watching_worker = Worker("watching")
        """Follows a run of another process, while the engine may train or start."""
        self.labs = labs or LabBook()
        """What the user does in the laboratories."""
        self.tasks = Tasks(self.text_worker)
        """All that is done in the background, beside training."""
        self.engine_ready = False
        """Whether torch was imported, or could not be: nothing waits for it any more."""
        self.source = source
        self.options = options
        self.corpus: Corpus | None = None
        self.refusal: BaseException | None = None
        """Why there is no corpus; None while one is read, and once one is open."""
        self._has_stdin = source == STDIN
        """Whether standard input was a text from the start; else it is the keyboard's."""
        self.device = ""
        """The device of the last run; no device is opened before one starts."""
        self.training: TrainingSession | None = None
        """The run that trains in this process, None when none does."""
        self.last_run: str | None = None
        """The folder of the run that trained last, for the Generate pane."""
        self._model = ""
        """The model of the run in the line of context."""
        self._named_models: set[str] = set()
        """The user's own networks that were named in this session, as FILE.py:CLASS."""
        self._history: History | None = None
        self._open: tuple[str | None, CorpusOptions | None] = (source, options)
        """What the corpus was read from, and how."""

    # Corpus.

    @property
    def corpus_name(self) -> str:
        """Name of the corpus, or of what is being opened."""
        if self.corpus is not None:
            return self.corpus.name
        return self.source or DEFAULT

    def choose_corpus(self, source: str | None = None, **changes: Any) -> None:
        """Decide what `read_corpus` reads next: another source, other options, or both.

        Raises InputError, and changes nothing, when an option is invalid.
        """
        from seqtui.corpora.options import CorpusOptions

        if source == STDIN and not self._has_stdin:
            raise InputError(
                "- (standard input) is the keyboard here; to read a text from it, start with "
                "seqtui -",
                option="corpus",
            )
        options = replace(self.options or CorpusOptions(), **changes)
        self.source = source if source is not None else self.source
        self.options = options

    def take_corpus(self, corpus: Corpus) -> UserMessage | None:
        """Work on a corpus that was read as it was chosen last; what there is to say about it."""
        self.corpus, self.refusal = corpus, None
        notice = None
        if self.source is None and corpus.name != DEFAULT:
            self.source = corpus.name
            notice = UserMessage(
                "this Python comes without pydoc_data, of which {wanted} is made: {name} is open",
                wanted=DEFAULT,
                name=corpus.name,
            )
        self._open = self.source, self.options
        return notice

    def keep_corpus(self, error: BaseException) -> None:
        """After a corpus could not be read: stay with the one that is open, if any."""
        if self.corpus is not None:
            self.source, self.options = self._open
        else:
            self.refusal = error

    @property
    def no_corpus(self) -> UserMessage:
        """What to say where there is no corpus: that it is read, or why not and what to press."""
        if self.refusal is None:
            return UserMessage("The corpus is being read …")
        reason = self.refusal
        if not isinstance(reason, UserError):
            name = type(reason).__name__
            reason = InputError("{name}: {reason}", name=name, reason=reason)
        return UserMessage("No corpus is open (press 1, then o): {reason}", reason=reason)

    def read_corpus(
        self, source: str | None, options: CorpusOptions | None, keep_going: OnProgress
    ) -> Corpus:
        """Read, clean, tokenise and count a corpus (on a worker's thread)."""
        from seqtui.corpora.catalogue import open_default, open_text
        from seqtui.corpora.corpus import build_corpus
        from seqtui.corpora.options import CorpusOptions

        options = options or CorpusOptions()
        text = open_default() if source is None else open_text(source, options.encoding)
        corpus = build_corpus(text, options, keep_going)
        # Cached properties, computed here so that no pane computes them on the interface's thread.
        for computed in ("vocabulary", "ids", "split"):
            getattr(corpus, computed)
        return corpus

    # Engine.

    def start_engine(self) -> str:
        """Import torch (on the engine's thread); no device is opened before a run starts."""
        import torch

        return f"torch {torch.__version__.partition('+')[0]}"

    def start_training(self, config: RunConfig, resume: Path | None = None) -> None:
        """Start a run on the engine's thread, or resume one; its events arrive with
        `drain_events`.

        `config` is what the user chose: a file that it names as the model is run; when a run is
        resumed, only one that was named in this session.
        """
        from seqtui.engine.runs.request import RunRequest
        from seqtui.engine.settings.run_config import OWN_MODEL
        from seqtui.engine.worker import start_training

        assert self.corpus is not None
        named = config.model if config.kind == OWN_MODEL else None
        if named is not None and resume is not None:
            named = self.named_model(named)
        elif named is not None:
            self._named_models.add(named)
        request = RunRequest(config, self.corpus, resume=resume, named_model=named)
        self.training = start_training(self.engine_worker, request)
        self.expect_run(config, resume)

    def expect_run(self, config: RunConfig, resume: Path | None = None) -> None:
        """Begin the history of a run that was asked for, or take up that of the last one."""
        from seqtui.engine.runs.history import History

        self._model = config.model_name
        started = self.history.started
        if resume is None or started is None or started.run != resume:
            self._history = History()
        self.history.expect(config.steps)

    @property
    def history(self) -> History:
        """What the run that trains, or trained last, has reported."""
        if self._history is None:
            from seqtui.engine.runs.history import History

            self._history = History()
        return self._history

    def named_model(self, model: str) -> str | None:
        """FILE.py:CLASS as the user named it in this session, for the file of a run's model."""
        from pathlib import Path

        from seqtui.engine.settings.run_config import own_model_parts

        parts = own_model_parts(model)
        for named in self._named_models:
            file = own_model_parts(named)
            if parts and file and Path(file[0]).expanduser().absolute() == Path(parts[0]):
                return named
        return None

    def start_watching(self, run: Run) -> None:
        """Follow a run that another process writes; its events arrive with `drain_events`."""
        from seqtui.engine.worker import start_watching

        self.training = start_watching(self.watching_worker, run.path)
        self.expect_run(run.config)

    def drain_events(self) -> list[Event]:
        """The events since the last call; a run that has ended is released."""
        training = self.training
        if training is None:
            return []
        ended = training.job.done
        events = training.events.drain()
        for event in events:
            self._add(event, replayed=training.outlives)
        if ended:
            self.training = None
        return events

    def _add(self, event: Event, *, replayed: bool) -> None:
        from seqtui.engine.runs.events import Finished, Started
        from seqtui.engine.runs.history import History

        if isinstance(event, Started):
            if replayed:  # all of a watched run is reported anew, also when it is resumed
                self._history = History()
            self.last_run = str(event.run) if event.run else None
            self.device = event.device
            self._model = event.config.model_name
        if isinstance(event, Finished) and isinstance(event.document.get("run"), str):
            self.last_run = event.document["run"]  # perhaps in another folder than it began
        self.history.add(event)

    @property
    def run_summary(self) -> str:
        """The run in the line of context: `gru ▶ 0:41`."""
        history = self._history
        if history is None or history.phase == "none":
            return ""
        sign = _SIGNS[history.phase]
        report = history.report if sign == "▶" else None
        parts = [self._model, sign, duration(report.seconds) if report else ""]
        return " ".join(part for part in parts if part)

    def stop_watching(self) -> None:
        """Leave a run of another process alone, and forget it."""
        if self.training is not None and self.training.outlives:
            self.training.leave()
            self.training = None
        self._history = None

    def leave_training(self) -> None:
        """Have the run, if one trains here, stop and save; returns at once.

        One that another process trains is left alone.
        """
        if self.training is not None:
            self.training.leave()

    def close(self) -> bool:
        """Stop and save the run, end the workers; False if one of them missed its time."""
        self.leave_training()
        ended = self.engine_worker.shutdown(SHUTDOWN_SECONDS)
        counting = (self.text_worker, self.writing_worker, self.suffix_worker, self.lab_worker)
        others = [worker.shutdown(0.1) for worker in counting]
        return ended and all(others)
