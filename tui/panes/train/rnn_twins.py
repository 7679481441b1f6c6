"""`rnn-scratch` and `rnn-fast` side by side: losses, differences and times of the same steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from seqtui.tui.cells import pad, widest
from seqtui.tui.numbers import count, fixed, nats
from seqtui.tui.translation import _
from seqtui.tui.widgets.dialogs import Dialog

if TYPE_CHECKING:
    from textual.app import App

    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.progress import OnProgress
    from seqtui.engine.labs.rnn_twins import Figures
    from seqtui.engine.settings.run_config import RunConfig
    from seqtui.tui.session import Session

SHOWN_STEPS = 6
"""Rows of the table: the first step, the last, and those between at equal distances."""


def compare_on(corpus: Corpus, config: RunConfig, keep_going: OnProgress) -> Figures:
    """Both networks on the training part, in the sizes of a run's settings within limits."""
    from seqtui.engine.labs.rnn_twins import run, settings_like

    return run(corpus, settings_like(config), keep_going)


def open_comparison(app: App[int], session: Session, corpus: Corpus, config: RunConfig) -> None:
    """Compare in the background, on the engine's thread, and show the board when it is done."""

    def show(figures: Figures) -> None:
        app.push_screen(RNNBoard(figures))

    session.tasks.start(
        _("comparing"), compare_on, corpus, config, then=show, worker=session.engine_worker
    )


class RNNBoard(Dialog[None]):
    """A comparison as a table; Esc leaves it."""

    BINDINGS: ClassVar = [Binding("escape,enter,d,q", "dismiss", show=False)]
    DEFAULT_CSS = "RNNBoard > .box { width: 66; max-width: 100%; max-height: 100%; }"

    def __init__(self, figures: Figures) -> None:
        super().__init__()
        self._figures = figures

    def compose(self) -> ComposeResult:
        """What was compared, the steps, what follows, the key."""
        with VerticalScroll(classes="box"):
            yield Static("", classes="figures")
            yield Static("", classes="keys")

    def on_mount(self) -> None:
        """Paint the words."""
        self.repaint()

    def repaint(self) -> None:
        """Paint every word, in the language of now."""
        title = _("rnn-scratch and rnn-fast, from the same weights")
        self.query_one(VerticalScroll).border_title = Content(title)
        self.query_one(".figures", Static).update(comparison_words(self._figures))
        self.query_one(".keys", Static).update(Content(_("esc back")))


def comparison_words(figures: Figures) -> Content:
    """The table, with the largest differences and the times below."""
    settings, steps = figures.settings, figures.steps
    between = max(min(SHOWN_STEPS, len(steps)) - 1, 1)
    shown = [steps[round(n * (len(steps) - 1) / between)] for n in range(between + 1)]
    of = _("|V| {types} · hidden {hidden} · {steps} steps of {size} · {optimiser}")
    lines = [
        of.format(
            types=count(figures.vocabulary_size),
            hidden=count(settings.hidden),
            steps=count(len(steps)),
            size=f"{settings.batch_size}×{settings.window}",
            optimiser=_("sgd {rate}, clip {norm}").format(
                rate=f"{figures.learning_rate:g}", norm=f"{figures.clip_norm:g}"
            ),
        ),
        "",
    ]
    rows = [
        (_("step"), "rnn-scratch", "rnn-fast", _("logits"), _("gradients")),
        *(
            (
                count(each.step),
                nats(each.scratch_loss),
                nats(each.fast_loss),
                _tiny(each.logits),
                _tiny(each.gradients),
            )
            for each in dict.fromkeys(shown)
        ),
        (_("all"), "", "", _tiny(figures.largest_logits), _tiny(figures.largest_gradients)),
    ]
    times = _("ms"), _milliseconds(figures.scratch_seconds), _milliseconds(figures.fast_seconds)
    first = widest(*(row[0] for row in rows), times[0])
    last = [
        max(widest(*(row[column] for row in rows)), least) for column, least in ((3, 12), (4, 11))
    ]
    widths = (first, 13, 10, last[0] + 3, last[1] + 2)
    spans = first, 13 + 10, sum(widths[3:])
    lines.append(_row(("", _("loss in nats"), _("largest |difference|")), spans))
    lines += [_row(row, widths) for row in rows]
    ratio = _("a step; {ratio} times as fast").format(ratio=fixed(figures.speed_up, 1))
    lines.append(f"{_row(times, widths)}   {ratio}")
    conclusion = _(
        "Both compute the same. float32 rounds sums that are added in another order differently: "
        "by 0 to about 1e-5, and by more with each step, since each continues from its own weights."
    )
    return Content("\n".join([*lines, "", conclusion]))


def _row(cells: tuple[str, ...], widths: tuple[int, ...]) -> str:
    return "".join(pad(cell, width, "right") for cell, width in zip(cells, widths, strict=False))


def _tiny(value: float) -> str:
    return "0" if value == 0 else f"{value:.1e}"


def _milliseconds(seconds: float) -> str:
    return fixed(1000 * seconds, 1)
