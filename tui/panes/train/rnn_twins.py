"""`rnn-scratch` and `rnn-fast` side by side: losses, differences and times of the same steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from seqtui.tui.numbers import count, fixed, nats
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from textual.app import App

    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.labs.rnn_twins import RNNComparison
    from seqtui.engine.settings.run_config import RunConfig
    from seqtui.tui.session import Session
    from seqtui.tui.tasks import KeepGoing

SHOWN_STEPS = 6
"""Rows of the table: the first step, the last, and those between at equal distances."""
LARGEST_HIDDEN = 512
LARGEST_BATCH = 1_024
LARGEST_WINDOW = 64
"""Beyond these sizes the comparison would take minutes, and show nothing else."""


def compare_on(corpus: Corpus, config: RunConfig, keep_going: KeepGoing) -> RNNComparison:
    """Both networks on the training part, in the sizes of a run's settings within limits."""
    from seqtui.engine.labs.rnn_twins import compare_rnns

    return compare_rnns(
        corpus.split.train.ids,
        len(corpus.training_vocabulary),
        min(config.hidden, LARGEST_HIDDEN),
        min(config.batch_size, LARGEST_BATCH),
        min(config.window, LARGEST_WINDOW),
        on_progress=keep_going,
    )


def open_comparison(app: App[int], session: Session, corpus: Corpus, config: RunConfig) -> None:
    """Compare in the background, on the engine's thread, and show the board when it is done."""

    def show(comparison: RNNComparison) -> None:
        app.push_screen(RNNBoard(comparison))

    session.tasks.start(
        _("comparing"), compare_on, corpus, config, then=show, worker=session.engine_worker
    )


class RNNBoard(ModalScreen[None]):
    """A comparison as a table; Esc leaves it."""

    BINDINGS: ClassVar = [Binding("escape,enter,d,q", "dismiss", show=False)]
    DEFAULT_CSS = """
    RNNBoard { align: center middle; }
    RNNBoard > VerticalScroll {
        width: 66; max-width: 100%; height: auto; max-height: 100%;
        border: round $primary; padding: 0 1; background: $surface;
    }
    RNNBoard .keys { color: $text-muted; margin-top: 1; }
    """

    def __init__(self, comparison: RNNComparison) -> None:
        super().__init__()
        self._comparison = comparison

    def compose(self) -> ComposeResult:
        """What was compared, the steps, what follows, the key."""
        with VerticalScroll() as box:
            box.border_title = Content(_("rnn-scratch and rnn-fast, from the same weights"))
            yield Static(comparison_words(self._comparison))
            yield Static(Content(_("esc back")), classes="keys")


def comparison_words(comparison: RNNComparison) -> Content:
    """The table, with the largest differences and the times below."""
    config, steps = comparison.config, comparison.steps
    between = max(min(SHOWN_STEPS, len(steps)) - 1, 1)
    shown = [steps[round(n * (len(steps) - 1) / between)] for n in range(between + 1)]
    lines = [
        f"|V| {count(comparison.vocabulary_size)} · {_('hidden')} {count(config.hidden)} · "
        f"{len(steps)} {_('steps')} {_('of')} {config.batch_size}×{config.window} · "
        f"sgd {config.initial_learning_rate:g} · {_('clip')} {config.clip_norm:g}",
        "",
        f"{'':>5}{_('loss in nats'):>22}{_('largest |difference|'):>29}",
        f"{_('step'):>5}{'rnn-scratch':>13}{'rnn-fast':>10}{_('logits'):>15}{_('gradients'):>13}",
    ]
    lines += [
        f"{each.step:>5}{nats(each.plain_loss):>13}{nats(each.fast_loss):>10}"
        f"{_tiny(each.logits):>15}{_tiny(each.gradients):>13}"
        for each in dict.fromkeys(shown)
    ]
    lines += [
        f"{_('all'):>5}{'':>23}{_tiny(comparison.largest_logits):>15}"
        f"{_tiny(comparison.largest_gradients):>13}",
        f"{'ms':>5}{_milliseconds(comparison.plain_seconds):>13}"
        f"{_milliseconds(comparison.fast_seconds):>10}"
        f"   {_('a step; {ratio} times as fast').format(ratio=fixed(comparison.speed_up, 1))}",
        "",
        _("Both compute the same. float32 rounds sums that are taken in"),
        _("another order otherwise: 0 to about 1e-5, and more with each"),
        _("step, since either goes on from its own weights."),
    ]
    return Content("\n".join(lines))


def _tiny(value: float) -> str:
    return "0" if value == 0 else f"{value:.1e}"


def _milliseconds(seconds: float) -> str:
    return fixed(1000 * seconds, 1)
