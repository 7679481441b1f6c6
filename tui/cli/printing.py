"""Results as people read them: an evaluation, and a run's result, in aligned columns.

A result may come from run.json, where null replaces what JSON cannot hold; `read_evaluation`
turns it into the value that knows whether a perplexity is infinite or does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seqtui.tui.cli import console
from seqtui.tui.foreign import visible
from seqtui.tui.numbers import DASH, count, duration, fixed, nats, perplexity
from seqtui.tui.translation import _, localized, ngettext
from seqtui.tui.trends import documented_trend, trend_words

if TYPE_CHECKING:
    from seqtui.engine.evaluation import Evaluation


def print_run(document: Mapping[str, Any]) -> None:
    """Print what a run is, how long it took, and what it reached."""
    console.say_table(
        ["", ""],
        [
            [_("run"), str(document["run"] or "–")],
            [_("model"), _model(document)],
            *_corpus(document),
            *_sizes(document),
            [_("steps") if document["steps"] else _("time"), _effort(document)],
            [_("device"), str(document["device"])],
        ],
        left=(0, 1),
    )
    console.say()
    train, held_out = read_evaluation(document["train"]), read_evaluation(document["held_out"])
    reached = perplexity(None if train is None else train.perplexity)
    measured = localized(document["train"].get("measured") or "")
    if document["train"].get("perplexity_is") == "unmeasured":
        measured = _("not measured")
    elif train is not None and not train.normalised:
        measured = _no_perplexity()
    rows = [[_("train"), _("perplexity"), reached, measured]]
    if held_out is not None:
        rows += [[_("held-out") if not n else "", *row] for n, row in enumerate(_rows(held_out))]
    console.say_table(["", "", "", ""], rows, left=(0, 1, 3))
    if (ending := _ending(document, held_out)) is not None:
        console.say()
        console.say(ending)


def _corpus(document: Mapping[str, Any]) -> list[list[str]]:
    """The corpus with its version, where its text differs from one Python to the next."""
    name, its_version = document.get("corpus"), document.get("corpus_version")
    if not (isinstance(name, str) and isinstance(its_version, str)):
        return []
    words = _("{name}, of {version}").format(name=visible(name), version=visible(its_version))
    return [[_("corpus"), words]]


def _ending(document: Mapping[str, Any], best: Evaluation | None) -> str | None:
    """The best and the last held-out perplexity, and which way the run goes."""
    last = read_evaluation(document.get("last_held_out"))
    trend = documented_trend(document.get("trend"))
    if best is None or last is None or trend is None:
        return None
    steps = [document[key].get("step") for key in ("held_out", "last_held_out")]
    if not all(isinstance(step, int) for step in steps):
        return None
    values = {
        "best": perplexity(best.perplexity),
        "last": perplexity(last.perplexity),
        "trend": trend_words(*trend),
        "best_step": count(steps[0]),
        "last_step": count(steps[1]),
    }
    if steps[0] == steps[1]:
        words = _("held-out perplexity: best and last {best} (step {best_step}); {trend}")
    else:
        words = _(
            "held-out perplexity: best {best} (step {best_step}), last {last} (step {last_step}); "
            "{trend}"
        )
    return words.format(**values)


def print_evaluation(evaluation: Evaluation) -> None:
    """Print one evaluation."""
    console.say_table(["", "", ""], _rows(evaluation), left=(0, 2))


def read_evaluation(document: object) -> Evaluation | None:
    """The evaluation of a JSON document, which may be another program's; None where it is none."""
    from seqtui.engine.evaluation import Evaluation

    if not isinstance(document, Mapping):
        return None
    try:
        return Evaluation.from_document(document)
    except (TypeError, ValueError):
        return None


def _model(document: Mapping[str, Any]) -> str:
    parameters = document["parameters"]
    text = ngettext("{model}, {count} parameter", "{model}, {count} parameters", parameters)
    return text.format(model=document["model"], count=count(parameters))


def _sizes(document: Mapping[str, Any]) -> list[list[str]]:
    """The parameters as a sum, beside a table of all sequences; runs of 0.1.0 have neither."""
    formula, table = document.get("parameters_formula"), document.get("table")
    rows = []
    if formula is not None:
        sizes = ", ".join(f"{symbol} {count(value)}" for symbol, value in formula["sizes"].items())
        rows.append(["", f"= {formula['text']}"])
        rows.append(["", _("with {sizes}").format(sizes=sizes)])
    if table is not None:
        text = _("a table of all sequences of {tokens} tokens has |V|^{tokens} = {entries} entries")
        rows.append(["", text.format(tokens=table["tokens"], entries=table["entries"])])
    return rows


def _effort(document: Mapping[str, Any]) -> str:
    """Steps, time and speed; a model that only counts has no steps."""
    if not document["steps"]:
        return f"{fixed(document['seconds'], 2)} s"
    return _("{steps} in {time}, {rate} tokens/s").format(
        steps=count(document["steps"]),
        time=duration(document["seconds"]),
        rate=count(round(document["tokens_per_second"])),
    )


def _no_perplexity() -> str:
    """Why there is none, nor a loss."""
    return _("scores, no probabilities: they rank and generate, and have no perplexity")


def _rows(evaluation: Evaluation) -> list[list[str]]:
    """Measure, value and unit of an evaluation."""
    tokens = ngettext("token", "tokens", evaluation.targets)
    if not evaluation.normalised:
        return [
            [_("perplexity"), DASH, _no_perplexity()],
            [_("targets"), count(evaluation.targets), tokens],
        ]
    rows = [
        [_("perplexity"), perplexity(evaluation.perplexity), ""],
        [_("loss"), nats(evaluation.loss), _("nats per token")],
        ["", fixed(evaluation.bits_per_token, 3), _("bits per token")],
        ["", fixed(evaluation.bits_per_character, 3), _("bits per character")],
        [_("targets"), count(evaluation.targets), tokens],
    ]
    impossible = evaluation.zero_probability_targets
    if impossible:
        rows.append(["", count(impossible), _("of probability zero")])
    if evaluation.unknown_targets:
        without = evaluation.perplexity_without_unknown
        rows.append(["", count(evaluation.unknown_targets), _("of them <unk>")])
        rows.append([_("perplexity"), perplexity(without), _("without <unk>")])
    return rows
