"""What the Train pane says in words: how a run stands, what to press, what the marks mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from seqtui.engine.evaluation import perplexity_of
from seqtui.engine.runs import events as kinds
from seqtui.engine.runs.history import History
from seqtui.tui.foreign import visible
from seqtui.tui.numbers import DASH, count, duration, perplexity, share, size
from seqtui.tui.panes.train.curves import TRAIN_MARK, Axes, value_at
from seqtui.tui.translation import _
from seqtui.tui.widgets.plots import Reference, Series, style_of

if TYPE_CHECKING:
    from seqtui.engine.evaluation import Evaluation


def legend(title: str, series: Sequence[Series], lines: Sequence[Reference], width: int) -> Content:
    """What is plotted, each curve's mark before its name; what the axes show first.

    In so many cells: where it is too long, the heights of the lines are left to the plot, then
    the space between mark and name.
    """
    for readings, space in ((True, " "), (False, " "), (False, "")):
        parts = [Content.styled(title, "bold")]
        parts += [
            Content.assemble((_mark(one), style_of(one.colour)), space, one.label)
            for one in series
            if one.label
        ]
        for line in lines:
            label = f"{line.label} {line.reading}" if readings and line.reading else line.label
            parts.append(Content.assemble((line.mark, style_of("reference")), space, label))
        words = Content("  " if space else " ").join(parts)
        if words.cell_length <= width:
            break
    return words.truncate(width, ellipsis=True)


def _mark(series: Series) -> str:
    return TRAIN_MARK * 2 if series.mark == "braille" else series.mark


def cursor_words(history: History, axes: Axes, series: Sequence[Series]) -> Content:
    """Where the cursor stands, and the value of each curve at its point nearest to it.

    A curve is named by its mark, as in the legend below: the line has 78 cells.
    """
    place = axes.cursor or 0.0
    curve = history.train if history.train.values else history.held_out
    parts = []
    if curve.values:
        step, tokens, seconds = (
            value_at(Series("", curve.x[axes.x], places, "train"), place) or 0.0
            for places in curve.x
        )
        parts.append(
            Content(
                f"{_('step')} {count(round(step))} · {count(round(tokens))} {_('tokens')} · "
                f"{duration(seconds)}"
            )
        )
    for one in series:
        value = value_at(one, place)
        shown = DASH if value is None else perplexity(value, 4)
        parts.append(Content.assemble((_mark(one), style_of(one.colour)), " ", (shown, "bold")))
    return Content("  ").join(parts)


def empty_words(
    vocabulary_size: int | None, bigram_loss: float | None, elsewhere: Sequence[str] = ()
) -> Content:
    """What to press, and what a model has to beat.

    `elsewhere` names the runs that other processes train, newest first.
    """
    uniform = count(vocabulary_size)
    bigram = _("counting …") if bigram_loss is None else perplexity(perplexity_of(bigram_loss))
    return Content("\n").join(
        [
            Content(""),
            Content.assemble(("  s  ", "bold $primary"), _("start training with these settings")),
            Content.assemble(("  e  ", "bold $primary"), _("change the settings first")),
            *([_watch_words(elsewhere)] if elsewhere else []),
            Content(""),
            Content.styled(
                "  " + _("To beat, in perplexity on the held-out text (lower is better):"),
                "$foreground-muted",
            ),
            Content.assemble(
                f"  {uniform:>10}  ", (_("guessing: |V| of the training part"), "$foreground-muted")
            ),
            Content.assemble(
                f"  {bigram:>10}  ", (_("counting pairs: add-one bigram"), "$foreground-muted")
            ),
        ]
    )


def _watch_words(elsewhere: Sequence[str]) -> Content:
    words = _("watch {run}, which another process trains")
    if len(elsewhere) > 1:
        words = _("watch {run}, the newest of {count} that other processes train")
    said = words.format(run=visible(elsewhere[0]), count=count(len(elsewhere)))
    return Content.assemble(("  a  ", "bold $primary"), said)


def state_words(history: History, *, engine_ready: bool, bigram_loss: float | None) -> Content:
    """How the run stands and what can be pressed now, in one line."""
    match history.phase:
        case "none":
            return _muted(_("no run yet: s starts one, e changes its settings"))
        case "waiting" if not engine_ready:
            return Content(_("waiting for torch …  the run starts by itself"))
        case "waiting":
            return Content(_("starting …"))
        case "paused":
            return Content.styled(
                _("paused at step {step}, saved · space goes on · s stops").format(
                    step=count(history.step)
                ),
                "$warning",
            )
        case "stopping":
            return Content(_("stopping: the last step is evaluated and saved …"))
        case "failed":
            message = visible(" ".join(history.failed.message.split())) if history.failed else ""
            return Content.styled(f"{_('failed')}: {message}", "$error")
        case "done" | "stopped":
            return Content.styled(_ending(history, bigram_loss), "$success")
    return _muted(_training(history))


def _muted(text: str) -> Content:
    return Content.styled(text, "$foreground-muted")


def _training(history: History) -> str:
    if history.notice:
        return visible(history.notice)
    started = history.started
    if started is None:
        return ""
    parts = [
        f"{count(started.parameters)} {_('parameters')}",
        f"{count(started.train_tokens)} {_('tokens to train on')}",
        *([f"{_('epoch')} {history.report.epoch:.1f}"] if history.report else []),
        *(_resources(history.report) if history.report else []),
    ]
    return " · ".join(parts)


def _resources(report: kinds.StepReport) -> list[str]:
    """Memory of the process, and of the GPU with its use."""
    words = [f"{_('memory')} {size(report.memory)}"] if report.memory else []
    if report.gpu_memory is not None:
        use = f" {share(report.gpu_use)}" if report.gpu_use is not None else ""
        words.append(f"GPU {size(report.gpu_memory)}{use}")
    return words


def _ending(history: History, bigram_loss: float | None) -> str:
    end = _("stopped") if history.phase == "stopped" else _("done")
    if history.best is not None:
        end += ": " + _against_bigram(history.best.evaluation, bigram_loss)
    if history.phase == "stopped":
        return " · ".join([end, _("u goes on"), _("4 generate")])
    return " · ".join([end, _("4 generate"), _("s again")])


def _against_bigram(best: Evaluation, bigram_loss: float | None) -> str:
    if not best.normalised:
        return _("scores that are no probabilities have no perplexity")
    words = f"{_('best held-out')} {perplexity(best.perplexity)} ppl"
    if best.zero_probability_targets:
        impossible = count(best.zero_probability_targets)
        return f"{words}, {impossible} {_('targets impossible')}"
    if bigram_loss is None:
        return words
    if math.isclose(best.loss, bigram_loss, rel_tol=1e-6):
        word = _("just as the bigram's")
    else:
        word = _("below the bigram's") if best.loss < bigram_loss else _("above the bigram's")
    return f"{words}, {word} {perplexity(perplexity_of(bigram_loss))}"
