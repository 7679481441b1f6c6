"""`seqtui lab`: one laboratory's figures for a corpus; without a name, the list of laboratories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

import click

from seqtui.corpora.catalogue import DEFAULT
from seqtui.corpora.errors import InputError
from seqtui.corpora.options import CorpusOptions
from seqtui.engine.labs.lab import LABS
from seqtui.tui.cli import console
from seqtui.tui.cli.completing import complete_corpus, complete_lab, complete_setting, setting_names
from seqtui.tui.cli.options import corpus_options, json_option
from seqtui.tui.cli.parsing import Command, option
from seqtui.tui.cli.printing import read_evaluation
from seqtui.tui.cli.reading import read_corpus
from seqtui.tui.foreign import token_symbol
from seqtui.tui.numbers import DASH, count, nats, perplexity
from seqtui.tui.translation import N_, _, localized

if TYPE_CHECKING:
    from seqtui.engine.labs.lab import Lab


@click.command(
    "lab",
    cls=Command,
    help=N_(
        "Ask the laboratory NAME its question of CORPUS and print the figures. Without NAME: list "
        "the laboratories."
    ),
    examples=(
        "seqtui lab",
        'seqtui lab chain-rule --set "sentence=the time" book.txt',
        "seqtui lab estimators book.txt --tokenizer word --json",
    ),
)
@click.argument("name", required=False, shell_complete=complete_lab)
@click.argument("corpus", default=DEFAULT, shell_complete=complete_corpus)
@option(
    "--set",
    "assignments",
    multiple=True,
    metavar=N_("NAME=VALUE"),
    shell_complete=complete_setting,
    help=N_("A setting of the laboratory; can be given several times."),
)
@corpus_options
@json_option
def command(
    name: str | None,
    corpus: str,
    assignments: tuple[str, ...],
    corpus_settings: dict[str, Any],
    as_json: bool,
) -> None:
    """Run one laboratory, or list them."""
    if name is None:
        _list(as_json)
        return
    lab = _lab(name)
    settings = _settings(lab, assignments)
    read = read_corpus(corpus, CorpusOptions(**corpus_settings))
    with console.Progress(lab.name) as progress:
        figures = lab.run(read, settings, progress)
    document = figures.document()
    if as_json:
        console.document(document)
        return
    console.say(localized(lab.question))
    console.say(str(document["formula"]))
    parameters = {"corpus": read.name, **document["parameters"]}
    shown = _with_symbols(document["figures"], read.options.tokenizer)
    for lines in [_pairs(parameters, {}), *_blocks(shown)]:
        console.say()
        for line in lines:
            console.say(line)


def _list(as_json: bool) -> None:
    if as_json:
        labs = [
            {"name": lab.name, "question": str(lab.question), "settings": setting_names(lab)}
            for lab in LABS.values()
        ]
        console.document({"labs": labs})
        return
    rows = [[lab.name, localized(lab.question)] for lab in LABS.values()]
    console.say_table([_("name"), _("question")], rows, left=(0, 1))


def _lab(name: str) -> Lab:
    lab = LABS.get(name)
    if lab is not None:
        return lab
    choices = ", ".join(LABS)
    near = get_close_matches(name, LABS, n=1)
    if near:
        raise InputError(
            "no laboratory {name!r}; did you mean {near!r}? There are: {choices}",
            name=name,
            near=near[0],
            choices=choices,
        )
    raise InputError("no laboratory {name!r}; choose one of {choices}", name=name, choices=choices)


def _settings(lab: Lab, assignments: Sequence[str]) -> Any:
    """The settings of a laboratory with those that were given; InputError names the choices."""
    names = setting_names(lab)
    given: dict[str, str] = {}
    for each in assignments:
        name, equals, value = each.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            raise InputError("--set {given}: write NAME=VALUE", given=each)
        if name not in names:
            near = get_close_matches(name, names, n=1)
            if near:
                raise InputError(
                    "--set {given}: {lab} has no setting {name!r}; did you mean {near!r}? "
                    "There are: {choices}",
                    given=each,
                    lab=lab.name,
                    name=name,
                    near=near[0],
                    choices=", ".join(names),
                )
            raise InputError(
                "--set {given}: {lab} has no setting {name!r}; choose one of {choices}",
                given=each,
                lab=lab.name,
                name=name,
                choices=", ".join(names),
            )
        given[name] = value
    hints = get_type_hints(lab.settings) if given else {}
    values = {name: _read(name, hints[name], value) for name, value in given.items()}
    return lab.settings(**values)


def _read(name: str, hint: Any, text: str) -> object:
    """The value of a setting, read from a text."""
    refused: InputError | None = None
    for kind in get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,):
        try:
            return _read_as(name, kind, text)
        except InputError as error:
            refused = error
    assert refused is not None
    raise refused


def _read_as(name: str, kind: Any, text: str) -> object:
    if get_origin(kind) is tuple:
        element = get_args(kind)[0]
        return tuple(_read(name, element, each.strip()) for each in text.split(",") if each.strip())
    if get_origin(kind) is Literal:
        if text in get_args(kind):
            return text
        choices = ", ".join(map(str, get_args(kind)))
        raise InputError(
            "--set {name}={value}: choose one of {choices}", name=name, value=text, choices=choices
        )
    if kind is str:
        return text
    if kind is NoneType and text in ("", "none"):
        return None
    if kind is bool:
        if text in ("true", "false"):
            return text == "true"
        raise InputError("--set {name}={value}: choose true or false", name=name, value=text)
    try:
        if kind is int:
            return int(text)
        if kind is float:
            return float(text)
    except ValueError:
        pass
    if kind is int:
        raise InputError("--set {name}={value}: give an integer", name=name, value=text)
    raise InputError("--set {name}={value}: give a number", name=name, value=text)


# Figures as text.

LABELS = {
    N_("batch size"),
    N_("best"),
    N_("cells"),
    N_("clip norm"),
    N_("corpus"),
    N_("count"),
    N_("estimator"),
    N_("factors"),
    N_("fast loss"),
    N_("fast seconds"),
    N_("forward"),
    N_("gradients"),
    N_("hidden"),
    N_("history"),
    N_("history count"),
    N_("largest gradients"),
    N_("largest logits"),
    N_("learning rate"),
    N_("log prob"),
    N_("log product"),
    N_("logits"),
    N_("loss"),
    N_("normalised"),
    N_("optimizer"),
    N_("order"),
    N_("perplexity"),
    N_("probability"),
    N_("reason"),
    N_("reversed"),
    N_("scratch loss"),
    N_("scratch seconds"),
    N_("seed"),
    N_("sentence"),
    N_("speed up"),
    N_("step"),
    N_("steps"),
    N_("targets"),
    N_("token"),
    N_("vocabulary size"),
    N_("window"),
    N_("zero factors"),
    N_("zero probability targets"),
}
"""Names of figures and settings in documents, as they are shown."""


def _blocks(figures: Mapping[str, Any], normalised: bool | None = None) -> list[list[str]]:
    """Single values first, then a table for each list, each an aligned block of lines.

    `normalised` comes from the values around them.
    """
    normalised = figures.get("normalised", normalised)
    around = {} if normalised is None else {"normalised": normalised}
    single = {name: value for name, value in figures.items() if not _is_block(value)}
    blocks = [_pairs(single, around)] if single else []
    for name, value in figures.items():
        if isinstance(value, Mapping):
            blocks += [[_label(name)], *_blocks(value, normalised)] if value else []
        elif _is_block(value):
            blocks.append([_label(name), *_table(value, around)])
    return blocks


def _is_block(value: object) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Mapping)
    )


def _pairs(values: Mapping[str, Any], around: Mapping[str, Any]) -> list[str]:
    rows = [[_label(name), _cell(values, name, around)] for name in values]
    return console.table(["", ""], rows, left=(0, 1))


TOKENS = ("token", "history")
"""Values that are tokens, or lists of them."""
EVALUATED = ("perplexity", "loss", "targets", "zero_probability_targets", "normalised")
"""What a table shows of an evaluation."""


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose evaluation is among its values."""
    values = dict(row)
    evaluation = values.pop("evaluation", None)
    if isinstance(evaluation, Mapping):
        values |= {name: evaluation[name] for name in EVALUATED if name in evaluation}
    return values


def _table(rows: Sequence[Mapping[str, Any]], around: Mapping[str, Any]) -> list[str]:
    rows = [_flat(row) for row in rows]
    names = [
        name
        for name in dict.fromkeys(name for row in rows for name in row)
        if name != "normalised"  # which a dash for the perplexity shows
        if name != "reason" or any(row.get("reason") for row in rows)
        if not any(_is_block(row.get(name)) for row in rows)
    ]
    texts = {
        index
        for index, name in enumerate(names)
        if any(isinstance(row.get(name), str | list | tuple) for row in rows)
    }
    cells = [[_cell(row, name, around) for name in names] for row in rows]
    return console.table([_label(name) for name in names], cells, left=tuple(texts))


def _cell(row: Mapping[str, Any], name: str, around: Mapping[str, Any]) -> str:
    """A value as text. A null is what JSON cannot hold: an infinity, or no number at all."""
    value = row.get(name)
    if (
        value is None
        and name in ("perplexity", "loss")
        and row.get("targets") != 0
        and not row.get("reason")
    ):
        evaluation = read_evaluation({**around, **row})
        if evaluation is None:
            return DASH
        return perplexity(evaluation.perplexity) if name == "perplexity" else nats(evaluation.loss)
    if value is None:
        return "−∞" if name in row and name.startswith("log_") else DASH
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return count(value)
    if isinstance(value, float):
        return perplexity(value) if name == "perplexity" else f"{value:z.4g}"
    if isinstance(value, list | tuple):
        return " ".join(map(_word, value))
    return str(value) or DASH


def _word(value: object) -> str:
    return value if isinstance(value, str) else _cell({"": value}, "", {})


def _with_symbols(figures: Mapping[str, Any], tokenizer: str) -> dict[str, Any]:
    """The figures with every token as its symbol."""

    def shown(name: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return _with_symbols(value, tokenizer)
        if isinstance(value, list | tuple):
            return [shown(name, each) for each in value]
        if isinstance(value, str) and name in TOKENS:
            return token_symbol(value, tokenizer)
        return value

    return {name: shown(name, value) for name, value in figures.items()}


def _label(name: str) -> str:
    """The name of a figure in the user's language, where it is one of `LABELS`."""
    label = name.replace("_", " ")
    return _(label) if label in LABELS else label
