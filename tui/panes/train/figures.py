"""The figures of a run as lines of text: every number has its place and width.

A figure that changes must not move its neighbours, so each is padded to the widest it is
likely to become.
"""

from __future__ import annotations

import math

from textual.content import Content

from seqtui.engine.evaluation import LARGEST, Evaluation, perplexity_of
from seqtui.engine.networks.parameter_count import parameter_formula
from seqtui.engine.runs import events as kinds
from seqtui.engine.runs.history import History
from seqtui.tui.cells import pad, widest
from seqtui.tui.numbers import DASH, count, duration, fixed, nats, perplexity
from seqtui.tui.panes.train.curves import HELD_OUT_MARK, TRAIN_MARK
from seqtui.tui.translation import _
from seqtui.tui.widgets.plots import style_of

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
    left = _training(history), _held_out(history), _best(history)
    right = _gradient(history.report), _rates(history.report), _saved(history)
    # In a language of long words both halves may take more than the line: then the space goes.
    middle = min(_half(), max(width - max(each.cell_length for each in right), 0))
    halves = [_join(one, other, middle) for one, other in zip(left, right, strict=True)]
    return [_progress(history, width), *halves]


def _half() -> int:
    """Cells before the right half: what the words and the widest usual figures take."""
    figures = 6 + 1 + widest(_("nats")) + 1 + 7 + 1 + widest(_("ppl"))
    return 2 + _label_cells() + figures + 2 + 4 + 1 + widest(_("bits/char")) + 1


def _label_cells() -> int:
    return widest(_("step"), _("train"), _("held-out"), _("best"), _("weights")) + 1


def _label(mark: str, name: str, style: str = "") -> Content:
    return Content.assemble(
        (f"{mark or ' '} ", style), (pad(name, _label_cells()), "$foreground-muted")
    )


def _join(left: Content, right: Content, middle: int) -> Content:
    return Content.assemble(left, " " * max(middle - left.cell_length, 1), right)


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
        f"  {part}  ", _muted(_("ETA")), f" {eta:>8}  {speed:>9} ", _muted(_("tok/s"))
    )
    room = max(width - start.cell_length - end.cell_length, 0)
    bar = progress_bar(step / total, room) if total else " " * room
    return Content.assemble(start, (bar, style_of("train")), end)


def _figures(loss: float | None) -> Content:
    """`1.431 nats     4.18 ppl` in 23 cells."""
    ppl = math.nan if loss is None else perplexity_of(loss)
    shown = f"{ppl:.0e}" if 1e6 <= ppl < LARGEST else perplexity(ppl)
    return Content.assemble(
        f"{nats(loss):>6} ", _muted(_("nats")), f" {shown:>7} ", _muted(_("ppl"))
    )


def _training(history: History) -> Content:
    loss = history.report.loss if history.report else _documented_training_loss(history.finished)
    return Content.assemble(_label(TRAIN_MARK, _("train"), style_of("train")), _figures(loss))


def _documented_training_loss(finished: kinds.Finished | None) -> float | None:
    """Loss of a model without steps on the text it was counted on, None where it has none."""
    part = finished.document.get("train") if finished is not None else None
    if not part:
        return None
    evaluation = Evaluation.from_document(part)
    return evaluation.loss if evaluation.normalised and evaluation.targets else None


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
    where = "  " + _("at step {step}").format(step=count(best.step)) if best else ""
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
    return Content.assemble(_muted(_("clipped")), f" {clipped}  ", _muted(_("lr")), f" {rate:<8}")


def _saved(history: History) -> Content:
    saved = history.saved
    where = DASH if saved is None else _("step {step}").format(step=count(saved.step))
    return Content.assemble(_muted(_("saved")), f"   {where}")


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
    return Content.styled(text + "─" * max(width - widest(text), 0), "$foreground-muted")


def sample_title(history: History) -> str:
    """`sample at step 500, T 0.8`."""
    if history.sampled is None:
        return _("sample")
    return _("sample at step {step}, T {temperature}").format(
        step=count(history.sampled.step), temperature=f"{history.sampled.temperature:.3g}"
    )
