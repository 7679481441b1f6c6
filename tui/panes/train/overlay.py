"""Earlier runs beside the one that is shown: which may be compared, and their curves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.engine.runs.events import Evaluated
from seqtui.engine.runs.history import Curve, History
from seqtui.tui.foreign import visible
from seqtui.tui.panes.train.curves import Overlay
from seqtui.tui.translation import N_, _, localized
from seqtui.tui.widgets.plots import Colour
from seqtui.tui.widgets.run_dialog import RunDialog, held_out_perplexity
from seqtui.tui.widgets.table import Column, Row, Table

if TYPE_CHECKING:
    from textual.app import App

    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.progress import OnProgress
    from seqtui.engine.runs.listing import Unreadable
    from seqtui.engine.runs.run import Run
    from seqtui.tui.panes.pane import Host
    from seqtui.tui.session import Session

SLOTS: tuple[tuple[Colour, str, str], ...] = (
    ("3", "▲", "'"),
    ("4", "■", ":"),
    ("5", "◆", "~"),
    ("3", "△", ","),
    ("4", "□", "="),
    ("5", "◇", "^"),
)
"""Colour of the pinned runs, and their marks held out and in training, by the order of pinning."""
OVERLAY_POINTS = 250
"""Points kept of a pinned run's curves: six of them are painted with the run that trains."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run that could be pinned."""

    run: Run
    refusal: str | None = None
    """Why its loss and perplexity do not compare with the corpus's, None if they do."""
    bits_refusal: str | None = None
    """Why its bits per character do not either, None if they do."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What is listed to be pinned."""

    runs: list[Candidate]
    unreadable: list[Unreadable]


def candidates(corpus: Corpus, keep_going: OnProgress) -> Candidates:
    """All runs, those that compare on this corpus first (on a worker's thread).

    Raises Cancelled once `keep_going` returns False.
    """
    from seqtui.corpora.errors import Cancelled
    from seqtui.engine.runs.listing import list_runs

    listed = list_runs()
    found = []
    for done, run in enumerate(listed.runs):
        if not keep_going(done, len(listed.runs)):
            raise Cancelled
        found.append(_candidate(run, corpus))
    found.sort(key=lambda one: (one.refusal is not None, one.bits_refusal is not None))
    return Candidates(found, listed.unreadable)


def _candidate(run: Run, corpus: Corpus) -> Candidate:
    from seqtui.engine.evaluation import Evaluation, why_bits_incomparable, why_incomparable
    from seqtui.engine.held_out import evaluated_text

    vocabulary = corpus.training_vocabulary
    if run.has_corpus(corpus):
        return Candidate(run)
    try:
        theirs = next((event for event in run.events() if isinstance(event, Evaluated)), None)
    except InputError as error:
        return Candidate(run, error.message, error.message)
    if theirs is None:
        reason = UserMessage("another corpus or vocabulary, and nothing was evaluated")
        return Candidate(run, reason, reason)
    of = evaluated_text(corpus.split.held_out, "held-out", vocabulary, corpus.options)
    ours = Evaluation(0.0, 0, 0, "", of)
    return Candidate(
        run,
        why_incomparable(ours, theirs.evaluation),
        why_bits_incomparable(ours, theirs.evaluation),
    )


def read_history(run: Run, keep_going: OnProgress) -> History:
    """A run's history from its folder (on a worker's thread). Raises Cancelled."""
    from seqtui.corpora.errors import Cancelled

    history = History(train=Curve(OVERLAY_POINTS), held_out=Curve(OVERLAY_POINTS))
    history.without_steps = run.config.counted
    for number, event in enumerate(run.events()):
        if not number % 1_000 and not keep_going(number, 0):
            raise Cancelled
        history.add(event)
    return history


class Pins:
    """The pinned runs, each with a colour and a mark of its own while it is pinned."""

    def __init__(self) -> None:
        self._slots: dict[Path, int] = {}
        self._overlays: dict[Path, tuple[str, Overlay]] = {}
        """The fingerprint of the corpus a run was pinned on, and its curves."""

    def mark(self, path: Path) -> str:
        """The mark of a run, empty where it is not pinned."""
        return SLOTS[self._slots[path]][1] if path in self._slots else ""

    def take_slot(self, path: Path) -> bool:
        """Reserve a colour and a mark; False when all are taken."""
        free = sorted(set(range(len(SLOTS))) - set(self._slots.values()))
        if free:
            self._slots[path] = free[0]
        return bool(free)

    def keep(self, candidate: Candidate, corpus: Corpus, history: History) -> None:
        """The curves of a run whose colour is reserved; one unpinned meanwhile is let go."""
        path = candidate.run.path
        if path in self._slots:
            colour, mark, train_mark = SLOTS[self._slots[path]]
            label = visible(candidate.run.config.model_title)
            by_character = candidate.refusal is not None
            overlay = Overlay(label, colour, mark, train_mark, history, by_character)
            self._overlays[path] = corpus.fingerprint, overlay

    def unpin(self, path: Path) -> None:
        """Let a run go, and its colour and mark."""
        self._slots.pop(path, None)
        self._overlays.pop(path, None)

    def on(self, corpus: Corpus | None) -> tuple[Overlay, ...]:
        """The curves pinned on a corpus, in the order of their marks."""
        if corpus is None:
            return ()
        paths = sorted(self._overlays, key=self._slots.__getitem__)
        found = [self._overlays[path] for path in paths]
        return tuple(overlay for fingerprint, overlay in found if fingerprint == corpus.fingerprint)


class OverlayList(RunDialog[None]):
    """The runs, each with its mark or the reason why it does not compare; space pins."""

    BINDINGS: ClassVar = [
        Binding("escape,q,o", "leave", show=False),
        Binding("space,enter", "pin", show=False, priority=True),
    ]
    COLUMNS = (
        Column("", 1, "left"),
        Column(N_("model"), 26, "left"),
        Column(N_("held-out ppl"), 12),
        Column(N_("run"), 0, "left", stretch=True),
    )

    def __init__(self, listed: Candidates, pins: Pins, on_pin: Callable[[Candidate], None]) -> None:
        super().__init__(
            heading=N_("compare with earlier runs"),
            keys=N_("↑ ↓ move   space pin or unpin   esc back"),
            columns=self.COLUMNS,
            rows=len(listed.runs),
            make_row=self.make_row,
            empty=N_("no run has ended or is training: press s to start one"),
            unreadable=listed.unreadable,
        )
        self._found = listed.runs
        self._pins = pins
        self._on_pin = on_pin

    def make_row(self, index: int) -> Row:
        """Mark, model, perplexity; then the name of the run or why it cannot be pinned."""
        one = self._found[index]
        run = one.run
        name = visible(run.name)
        if one.bits_refusal is not None:
            name = f"✗ {localized(one.bits_refusal)} · {name}"
        elif one.refusal is not None:
            name = _("bits per character only · {run}").format(run=name)
        mark = self._pins.mark(run.path)
        return mark, run.config.model_title, held_out_perplexity(run), name

    def action_pin(self) -> None:
        """Pin the run under the cursor, or let it go."""
        # None while the dialog is being made or left: keys may come faster than either.
        for table in self.query(Table):
            if self._found:
                self._on_pin(self._found[table.cursor])
                table.refresh()


def choose_overlays(
    app: App[int],
    host: Host,
    session: Session,
    corpus: Corpus,
    pins: Pins,
    then: Callable[[], None],
) -> None:
    """List the runs beside a corpus, to pin and unpin; `then` is called after each change."""

    def pin(candidate: Candidate) -> None:
        path = candidate.run.path

        def keep(history: History) -> None:
            pins.keep(candidate, corpus, history)
            then()

        def let_go(error: BaseException) -> None:
            pins.unpin(path)
            host.show_error(error)

        if pins.mark(path):
            pins.unpin(path)
            then()
        elif candidate.bits_refusal is not None:
            app.notify(localized(candidate.bits_refusal), severity="warning", markup=False)
        elif not pins.take_slot(path):
            app.notify(_("every mark is in use: unpin a run first"), markup=False)
        else:
            session.tasks.start(
                _("reading the run"), read_history, candidate.run, then=keep, failed=let_go
            )

    def show(found: Candidates) -> None:
        app.push_screen(OverlayList(found, pins, pin))

    session.tasks.start(_("listing runs"), candidates, corpus, then=show)
