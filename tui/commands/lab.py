"""`seqtui lab`: one laboratory's figures for a corpus; without a name, the list of laboratories."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from seqtui.corpora.catalogue import DEFAULT
from seqtui.corpora.errors import InputError
from seqtui.corpora.options import CorpusOptions
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.settings import with_text
from seqtui.tui.cli import console
from seqtui.tui.cli.completing import complete_corpus, complete_lab, complete_setting, setting_names
from seqtui.tui.cli.figures import FigureLines, with_symbols
from seqtui.tui.cli.options import corpus_options, json_option
from seqtui.tui.cli.parsing import Command, option
from seqtui.tui.cli.reading import read_corpus
from seqtui.tui.foreign import unknown_words
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
    from seqtui.corpora.corpus import unknown_tokens

    lab = _lab(name)
    settings = _settings(lab, assignments)
    read = read_corpus(corpus, CorpusOptions(**corpus_settings)) if lab.reads_corpus else None
    with console.Progress(lab.name) as progress:
        figures = lab.run(read, settings, progress)
    if read is not None and (sentence := getattr(settings, "sentence", "")):
        unknown = unknown_tokens(sentence, read.options, read.vocabulary)
        if unknown:
            console.complain(unknown_words(unknown, read.options.tokenizer))
    document = figures.document()
    if as_json:
        console.document(document)
        return
    console.say(localized(lab.question))
    console.say(str(document["formula"]))
    figure_lines = FigureLines([N_("corpus"), *lab.labels])
    parameters = {**({"corpus": read.name} if read else {}), **document["parameters"]}
    shown = document["figures"]
    if read is not None:
        shown = with_symbols(shown, read.options.tokenizer)
    for lines in [figure_lines.pairs(parameters, {}), *figure_lines.blocks(shown)]:
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
    settings = lab.settings()
    for name, value in given.items():
        settings = with_text(settings, name, value)
    return settings
