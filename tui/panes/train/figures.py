"""The figures of a run as lines of text: every number has its place and width.

A figure that changes must not move its neighbours, so each is padded to the widest it is
likely to become.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from seqtui.engine.evaluation import perplexity_of
from seqtui.engine.networks.parameter_count import parameter_formula
from seqtui.engine.runs import events as kinds
from seqtui.engine.runs.history import History
from seqtui.tui.numbers import DASH, count, duration, fixed, nats, perplexity
from seqtui.tui.panes.train.curves import HELD_OUT_MARK, TRAIN_MARK
from seqtui.tui.translation import _
from seqtui.tui.widgets.plots import style_of

if TYPE_CHECKING:
    from seqtui.engine.evaluation import Evaluation

LABEL = 10
"""Cells of the name of a line."""
LEFT = 51
"""Cells before the right half, where losses do not reach."""
_EIGHTHS = " ▏▎▍▌▋▊▉"


def progress_bar(part: float, width: int) -> str:
    """A bar of exactly `width` cells, filled to `part` of it in eighths of a cell."""
    filled = min(max(part, 0.0), 1.0) * width
    whole = int(filled)
    if whole >= width:
        return "█" * width
    tip = _EIGHTHS[int((filled - whole) * 8)].strip()
    return ("█" * whole + tip).ljust(width, "·")


def number_lines(history: History, width: int) -> list[Content]:
    """Four lines: how far it is, how well it does in training, held out, and at its best."""
    return [
        _progress(history, width),
        _join(_training(history), _gradient(history.report)),
        _join(_held_out(history), _rates(history.report)),
        _join(_best(history), _saved(history)),
    ]


def _label(mark: str, name: str, style: str = "") -> Content:
    return Content.assemble(
        (f"{mark or ' '} ", style), (set_cell_size(name, LABEL - 1), "$foreground-muted")
    )


def _join(left: Content, right: Content) -> Content:
    return Content.assemble(left, " " * max(LEFT - left.cell_length, 1), right)


def _muted(text: str) -> tuple[str, str]:
    return text, "$foreground-muted"


def _progress(history: History, width: int) -> Content:
    report = history.report
    total = history.steps_total
    step = history.step
    if total:
        place = f"{count(step):>{len(count(total))}}/{count(total)}"
        part = f"{math.floor(100 * step / total):3d} %"
    else:
        place = f"{count(step):>9}"
        part = ""
    eta = duration(report.eta) if report and history.active else DASH
    speed = count(round(report.tokens_per_second)) if report else DASH
    start = Content.assemble(_label("", _("step")), place, "  ")
    end = Content.assemble(
        f"  {part}  ", _muted(_("ETA")), f" {eta:>8}  {speed:>9} ", _muted("tok/s")
    )
    room = max(width - start.cell_length - end.cell_length, 0)
    bar = progress_bar(step / total, room) if total else " " * room
    return Content.assemble(start, (bar, style_of("train")), end)


def _figures(loss: float | None) -> Content:
    """`1.431 nats     4.18 ppl` in 23 cells."""
    ppl = math.nan if loss is None else perplexity_of(loss)
    shown = f"{ppl:.0e}" if 1e6 <= ppl < math.inf else perplexity(ppl)
    return Content.assemble(f"{nats(loss):>6} ", _muted(_("nats")), f" {shown:>7} ", _muted("ppl"))


def _training(history: History) -> Content:
    loss = history.report.loss if history.report else _documented_training_loss(history.finished)
    return Content.assemble(_label(TRAIN_MARK, _("train"), style_of("train")), _figures(loss))


def _documented_training_loss(finished: kinds.Finished | None) -> float | None:
    """What a model without steps says at its end about the text it was counted on."""
    if finished is None:
        return None
    value = finished.document.get("train", {}).get("perplexity")
    return math.log(value) if isinstance(value, int | float) and value > 0 else None


def _evaluation(evaluation: Evaluation | None) -> Content:
    if evaluation is None:
        return _figures(None)
    impossible = evaluation.zero_probability_targets
    bits = evaluation.bits_per_character
    end = (
        Content.assemble((f"  {count(impossible)} ", "$warning"), _muted(_("impossible")))
        if impossible
        else Content.assemble(
            f"  {fixed(bits, 2 if bits < 9.995 else 1):>4} ", _muted(_("bits/char"))
        )
    )
    return Content.assemble(_figures(evaluation.loss), end)


def _held_out(history: History) -> Content:
    return Content.assemble(
        _label(HELD_OUT_MARK, _("held-out"), style_of("held-out")),
        _evaluation(history.evaluated.evaluation if history.evaluated else None),
    )


def _best(history: History) -> Content:
    best = history.best
    where = f"  {_('at step')} {count(best.step)}" if best else ""
    return Content.assemble(
        _label("", _("best")), _figures(best.evaluation.loss if best else None), _muted(where)
    )


def _gradient(report: kinds.StepReport | None) -> Content:
    before = _norm(report.grad_norm) if report else DASH
    after = _norm(report.clipped_norm) if report else DASH
    return Content.assemble(_muted("|grad|  "), f"{before:>7} → {after:>5}")


def _norm(value: float) -> str:
    """A norm in at most 7 cells."""
    return f"{value:.0e}" if 1_000 <= value < math.inf else fixed(value, 2)


def _rates(report: kinds.StepReport | None) -> Content:
    clipped = f"{100 * report.clipped_share:3.0f} %" if report else f"{DASH:>5}"
    rate = f"{report.learning_rate:.3g}" if report else DASH
    return Content.assemble(_muted(_("clipped")), f" {clipped}  ", _muted("lr"), f" {rate:<8}")


def _saved(history: History) -> Content:
    saved = history.saved
    if saved is None:
        return Content.assemble(_muted(_("saved")), f"   {DASH}")
    return Content.assemble(_muted(_("saved")), f"   {_('step')} {count(saved.step)}")


def weights_line(started: kinds.Started | None) -> Content:
    """`weights 84,508 = 4(|V| h + h h + h) + (h |V| + |V|)   |V|^32 = 2.0e46`."""
    label = _label("", _("weights"))
    if started is None:
        return Content.assemble(label, DASH)
    from seqtui.engine.ngrams.sparsity import written_power  # loads numpy, as the run has

    config, types = started.config, started.vocabulary_size
    formula = parameter_formula(config, types)
    parts: list[Content | str] = [label, count(started.parameters)]
    if formula is not None and formula.total == started.parameters:  # the counted number
        parts.append(f" = {formula.text}")
    if config.reach is not None:
        parts.append(f"   |V|^{config.reach} = {written_power(types, config.reach)}")
    return Content.assemble(*parts)


def rule(title: str, width: int) -> Content:
    """A horizontal line with a title in it."""
    text = f"─ {title} "
    return Content.styled(text + "─" * max(width - cell_len(text), 0), "$foreground-muted")


def sample_title(history: History) -> str:
    """`sample at step 500, T 0.8`."""
    if history.sampled is None:
        return _("sample")
    return _("sample at step {step}, T {temperature}").format(
        step=count(history.sampled.step), temperature=f"{history.sampled.temperature:.3g}"
    )
