"""`seqtui lab`: one laboratory's figures for a corpus; without a name, the list of laboratories.

What serves a class (hand-ins, sheets, a lesson) is in `lab_class`, `lab_verify` and `lab_sheet`.
"""

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
from seqtui.tui.cli.completing import (
    complete_hand_in,
    complete_lab,
    complete_lab_corpus,
    complete_setting,
    setting_names,
)
from seqtui.tui.cli.options import corpus_options, json_option
from seqtui.tui.cli.parsing import Command, option
from seqtui.tui.cli.reading import read_corpus
from seqtui.tui.commands.lab_class import (
    check_class_options,
    class_options,
    open_labs,
)
from seqtui.tui.commands.lab_sheet import Sheet, figure_blocks, print_plan
from seqtui.tui.commands.lab_verify import verify_files
from seqtui.tui.foreign import unknown_words
from seqtui.tui.translation import N_, _, localized

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.labs.lab import Lab


@click.command(
    "lab",
    cls=Command,
    help=N_(
        "Ask the laboratory NAME its question of CORPUS and print the figures. Without NAME: list "
        "the laboratories. With --student: open the app there, and keep the answers in a file "
        "that --verify checks."
    ),
    examples=(
        "seqtui lab",
        'seqtui lab chain-rule --set "sentence=the time" book.txt',
        "seqtui lab estimators book.txt --tokenizer word --json",
        "seqtui lab --student 20220417 --class LAKE book.txt",
        "seqtui lab --verify *.seqtui.json --class LAKE --csv > class.csv",
        "seqtui lab gradients --sheet > sheet.md",
    ),
)
@click.argument("name", required=False, shell_complete=complete_lab)
@click.argument("corpus", required=False, shell_complete=complete_lab_corpus)
@click.argument("file", nargs=-1, shell_complete=complete_hand_in)
@option(
    "--set",
    "assignments",
    multiple=True,
    metavar=N_("NAME=VALUE"),
    shell_complete=complete_setting,
    help=N_("A setting of the laboratory; can be given several times."),
)
@corpus_options
@class_options
@json_option
def command(
    name: str | None,
    corpus: str | None,
    file: tuple[str, ...],
    assignments: tuple[str, ...],
    corpus_settings: dict[str, Any],
    predict: bool | None,
    in_class: dict[str, Any],
    as_json: bool,
) -> int | None:
    """Run one laboratory or list them; or serve a class."""
    words = [each for each in (name, corpus, *file) if each is not None]
    check_class_options(in_class, predict, as_json)
    if "verify" in in_class:
        return verify_files(words, in_class, as_json)
    opens = not in_class.keys() & {"sheet", "plan"} and (
        "student" in in_class or predict is not None
    )
    most = 1 if opens or "plan" in in_class else 2
    if len(words) > most:
        raise click.UsageError(_("unexpected argument {word!r}").format(word=words[most]))
    options = CorpusOptions(**corpus_settings)
    if opens:
        if assignments:
            raise InputError("--set {given}: the app has keys for settings", given=assignments[0])
        return open_labs(name, options if corpus_settings else None, in_class, predict)
    if "plan" in in_class:
        print_plan(read_corpus(name or DEFAULT, options), as_json)
        return None
    if name is None:
        if "sheet" in in_class:
            raise InputError(
                "--sheet: name a laboratory, one of {choices}", choices=", ".join(LABS)
            )
        _list(as_json)
        return None
    lab = _lab(name)
    settings = _settings(lab, assignments)
    read = read_corpus(corpus or DEFAULT, options) if lab.reads_corpus else None
    with console.Progress(lab.name) as progress:
        if "sheet" in in_class:
            sheet = Sheet(lab, settings, read, in_class.get("student"), in_class.get("class_word"))
            lines = sheet.lines(progress)
        else:
            figures = lab.run(read, settings, progress)
    if "sheet" in in_class:
        for line in lines:
            console.say(line)
        return None
    _tell_unknown(read, settings)
    if as_json:
        console.document(figures.document())
        return None
    console.say(localized(lab.question))
    console.say(str(figures.document()["formula"]))
    for block in figure_blocks(lab, figures, read):
        console.say()
        for line in block:
            console.say(line)
    return None


def _tell_unknown(read: Corpus | None, settings: Any) -> None:
    """Say which tokens of a typed sentence the vocabulary lacks."""
    from seqtui.corpora.corpus import unknown_tokens

    if read is not None and (sentence := getattr(settings, "sentence", "")):
        unknown = unknown_tokens(sentence, read.options, read.vocabulary)
        if unknown:
            console.complain(unknown_words(unknown, read.options.tokenizer))


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
