"""The words of the Train pane: the state of a run, what to press, what the marks mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from seqtui.engine.evaluation import perplexity_of
from seqtui.engine.runs import events as kinds
from seqtui.engine.runs.history import History
from seqtui.engine.runs.trend import trend_of
from seqtui.tui.cells import pad, widest
from seqtui.tui.foreign import visible
from seqtui.tui.numbers import DASH, count, duration, perplexity, share, size
from seqtui.tui.panes.train.curves import TRAIN_MARK, Axes, value_at
from seqtui.tui.translation import _, localized, ngettext
from seqtui.tui.trends import trend_words
from seqtui.tui.widgets.plots import Reference, Series, style_of

if TYPE_CHECKING:
    from seqtui.corpora.errors import UserMessage
    from seqtui.engine.evaluation import Evaluation


def legend(title: str, series: Sequence[Series], lines: Sequence[Reference], width: int) -> Content:
    """What is plotted, each curve's mark before its name; what the axes show first.

    In at most `width` cells: where it is too long, the heights of the lines are left to the plot,
    then the space between mark and name.
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
    """The place of the cursor, and the value of each curve at its point nearest to it.

    A curve is identified by its mark, as in the legend below: the line has 78 cells.
    """
    place = axes.cursor or 0.0
    curve = history.train if history.train.values else history.held_out
    parts = []
    if curve.values:
        step, tokens, seconds = (
            value_at(Series("", curve.x[axes.x], places, "train"), place) or 0.0
            for places in curve.x
        )
        words = ngettext(
            "step {step} · {tokens} token · {time}",
            "step {step} · {tokens} tokens · {time}",
            round(tokens),
        )
        parts.append(
            Content(
                words.format(
                    step=count(round(step)), tokens=count(round(tokens)), time=duration(seconds)
                )
            )
        )
    for one in series:
        value = value_at(one, place)
        shown = DASH if value is None else perplexity(value, 4)
        parts.append(Content.assemble((_mark(one), style_of(one.colour)), " ", (shown, "bold")))
    return Content("  ").join(parts)


def empty_words(
    vocabulary_size: int | None,
    bigram_loss: float | None,
    elsewhere: Sequence[str] = (),
    failures: Sequence[tuple[str, UserMessage]] = (),
) -> Content:
    """What to press, and what a model has to beat.

    `elsewhere` names the runs that other processes train, newest first; `failures` the models that
    could not be counted, and why.
    """
    uniform = count(vocabulary_size)
    if bigram_loss is not None:
        bigram = perplexity(perplexity_of(bigram_loss))
    else:
        ended = failures or vocabulary_size is None  # without a corpus nothing is counted
        bigram = DASH if ended else _("counting …")
    width = max(widest(uniform, bigram), 10)
    return Content("\n").join(
        [
            Content(""),
            _key_words("s", _("start training with these settings")),
            _key_words("e", _("change the settings first")),
            *([_key_words("a", _watch_words(elsewhere))] if elsewhere else []),
            Content(""),
            Content.styled(
                "  " + _("To beat, in perplexity on the held-out text (lower is better):"),
                "$foreground-muted",
            ),
            Content.assemble(
                f"  {pad(uniform, width, 'right')}  ",
                (_("guessing: |V| of the training part"), "$foreground-muted"),
            ),
            Content.assemble(
                f"  {pad(bigram, width, 'right')}  ",
                (_("counting pairs: add-one bigram"), "$foreground-muted"),
            ),
            *[Content.styled("  " + _not_counted(name, why), "$warning") for name, why in failures],
        ]
    )


def _not_counted(name: str, why: UserMessage) -> str:
    words = _("{model} was not counted: {reason}")
    return words.format(model=name, reason=visible(localized(why)))


def _key_words(key: str, words: str) -> Content:
    return Content.assemble((f"  {key}  ", "bold $primary"), words)


def _watch_words(elsewhere: Sequence[str]) -> str:
    newest = visible(elsewhere[0])
    if len(elsewhere) == 1:
        return _("watch {run}, which another process trains").format(run=newest)
    words = _("watch {run}, the newest of {count} that other processes train")
    return words.format(run=newest, count=count(len(elsewhere)))


def state_words(history: History, *, engine_ready: bool, bigram_loss: float | None) -> Content:
    """The state of the run and what can be pressed now, in one line."""
    match history.phase:
        case "none":
            return _muted(_("no run yet: press s to start one, e to change its settings"))
        case "waiting" if not engine_ready:
            return Content(_("loading torch …  the run starts when it is loaded"))
        case "waiting":
            return Content(_("starting …"))
        case "paused":
            words = _("paused at step {step}, saved · space continue · s stop")
            if history.saved is None or history.saved.step < history.step:
                words = _("paused at step {step}, not saved · space continue · s stop")
            return Content.styled(words.format(step=count(history.step)), "$warning")
        case "stopping":
            return Content(_("stopping: evaluating and saving the last step …"))
        case "failed":
            message = visible(localized(history.failed.message)) if history.failed else ""
            return Content.styled(_("failed: {reason}").format(reason=message), "$error")
        case "done" | "stopped":
            return Content.styled(_ending(history, bigram_loss), "$success")
    return _muted(_training(history))


def _muted(text: str) -> Content:
    return Content.styled(text, "$foreground-muted")


def _training(history: History) -> str:
    if history.notice:
        return visible(localized(history.notice))
    started, report = history.started, history.report
    if started is None:
        return ""
    parameters = ngettext("{count} parameter", "{count} parameters", started.parameters)
    tokens = ngettext(
        "{count} token to train on", "{count} tokens to train on", started.train_tokens
    )
    parts = [
        parameters.format(count=count(started.parameters)),
        tokens.format(count=count(started.train_tokens)),
    ]
    if report is not None:
        parts += [_("epoch {epoch}").format(epoch=f"{report.epoch:.1f}"), *_resources(report)]
    return " · ".join(parts)


def _resources(report: kinds.StepReport) -> list[str]:
    """Memory of the process, and of the GPU with its use."""
    words = [_("memory {size}").format(size=size(report.memory))] if report.memory else []
    if report.gpu_memory is not None:
        use = f" {share(report.gpu_use)}" if report.gpu_use is not None else ""
        words.append(f"GPU {size(report.gpu_memory)}{use}")
    return words


def _ending(history: History, bigram_loss: float | None) -> str:
    best = history.best
    trend = trend_of(history.train, history.held_out)
    end = _("stopped") if history.phase == "stopped" else _("done")
    if best is not None:
        words = _("stopped: {best}") if history.phase == "stopped" else _("done: {best}")
        if trend is not None and trend.kind in ("overfitting", "diverging"):
            reached = _("best {best} ppl, last {last}: {trend}").format(
                best=perplexity(best.evaluation.perplexity),
                last=perplexity(perplexity_of(history.held_out.values[-1])),
                trend=trend_words(trend.kind, trend.since, short=True),
            )
        else:
            reached = _against_bigram(best.evaluation, bigram_loss)
        end = words.format(best=reached)
    if history.phase == "stopped":
        return " · ".join([end, _("u resume"), _("4 generate")])
    return " · ".join([end, _("4 generate"), _("s start")])


def _against_bigram(best: Evaluation, bigram_loss: float | None) -> str:
    if not best.normalised:
        return _("scores that are no probabilities have no perplexity")
    ppl = perplexity(best.perplexity)
    impossible = best.zero_probability_targets
    if impossible:
        words = ngettext(
            "best {ppl} ppl, {count} target impossible",
            "best {ppl} ppl, {count} targets impossible",
            impossible,
        )
        return words.format(ppl=ppl, count=count(impossible))
    if bigram_loss is None:
        return _("best {ppl} ppl").format(ppl=ppl)
    if math.isclose(best.loss, bigram_loss, rel_tol=1e-6):
        words = _("best {ppl} ppl, equal to the bigram's {bigram}")
    elif best.loss < bigram_loss:
        words = _("best {ppl} ppl, below the bigram's {bigram}")
    else:
        words = _("best {ppl} ppl, above the bigram's {bigram}")
    return words.format(ppl=ppl, bigram=perplexity(perplexity_of(bigram_loss)))
