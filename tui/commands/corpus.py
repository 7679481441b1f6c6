"""`seqtui corpus show|list|fetch`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from seqtui.corpora.catalogue import version
from seqtui.corpora.errors import InputError
from seqtui.corpora.options import CorpusOptions
from seqtui.tui.cli import console
from seqtui.tui.cli.completing import complete_fetchable
from seqtui.tui.cli.options import corpus_argument, corpus_options, json_option
from seqtui.tui.cli.parsing import Command, Group, IntRange, option
from seqtui.tui.cli.reading import read_corpus
from seqtui.tui.foreign import token_symbol
from seqtui.tui.numbers import count, per_cent, share, size
from seqtui.tui.translation import N_, _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus


@click.group("corpus", cls=Group, help=N_("Show, list and fetch corpora."), no_args_is_help=False)
def command() -> None:
    """The group of the three."""


@command.command(
    "show",
    cls=Command,
    help=N_("Show what CORPUS is once it is read, cleaned and tokenised."),
    examples=(
        "seqtui corpus show primer-en",
        "seqtui corpus show book.txt --clean d2l-zh --tokenizer word --top 20",
        "cat book.txt | seqtui corpus show - --json",
    ),
)
@corpus_argument()
@option(
    "--top",
    type=IntRange(min=0),
    default=10,
    shown=10,
    metavar=N_("COUNT"),
    help=N_("How many of the most frequent tokens to list."),
)
@corpus_options
@json_option
def show(corpus: str, top: int, corpus_settings: dict[str, Any], as_json: bool) -> None:
    """Read a corpus and print its figures."""
    options = CorpusOptions(**corpus_settings)
    read = read_corpus(corpus, options, warn=False)
    facts = _facts(read, top)
    if as_json:
        console.document(facts)
        return
    _print_facts(read, facts)


def _facts(corpus: Corpus, top: int) -> dict[str, Any]:
    vocabulary = corpus.vocabulary
    train, held_out, complaint = _parts(corpus)
    listed = range(len(vocabulary.reserved), min(len(vocabulary.reserved) + top, len(vocabulary)))
    return {
        "name": corpus.name,
        "version": version(corpus.name) if corpus.text.path is None else None,
        "path": corpus.text.path,
        "bytes": corpus.text.size,
        "encoding": corpus.text.encoding,
        "cleaning": corpus.options.cleaning,
        "removed": corpus.cleaned.removed,
        "tokenizer": corpus.options.tokenizer,
        "characters": corpus.characters,
        "tokens": corpus.tokens,
        "vocabulary": len(vocabulary),
        "min_freq": corpus.options.min_freq,
        "training_vocabulary": len(corpus.training_vocabulary),
        "train": train,
        "held_out": held_out,
        "top": [
            {"token": vocabulary.tokens[index], "id": index, "count": int(vocabulary.counts[index])}
            for index in listed
        ],
        "fingerprint": corpus.fingerprint,
        "warnings": [*corpus.warnings, *complaint],
    }


def _parts(corpus: Corpus) -> tuple[dict[str, int | None], dict[str, int | None], list[str]]:
    """Tokens and unknowns of both parts, and why the text cannot be split, if it cannot."""
    training = corpus.training_tokens
    rest = corpus.held_out_tokens
    try:
        split = corpus.split
    except InputError as error:  # a closed vocabulary that lacks a held-out token
        return (
            {"tokens": training, "unknown": 0},
            {"tokens": rest, "unknown": None},
            [error.message],
        )
    return (
        {"tokens": training, "unknown": split.train.unknown},
        {"tokens": rest, "unknown": split.held_out.unknown},
        [],
    )


def _print_facts(corpus: Corpus, facts: dict[str, Any]) -> None:
    where = f" ({facts['path'] or facts['version']})" if facts["path"] or facts["version"] else ""
    cleaning = facts["cleaning"]
    if facts["removed"]:
        text = _("{cleaning}, {share} of the characters removed")
        cleaning = text.format(cleaning=cleaning, share=share(facts["removed"]))
    console.say_table(
        ["", ""],
        [
            [_("corpus"), f"{facts['name']}{where}"],
            [_("size"), size(facts["bytes"])],
            [_("encoding"), facts["encoding"]],
            [_("cleaning"), cleaning],
            [_("tokeniser"), facts["tokenizer"]],
        ],
        left=(0, 1),
    )
    console.say()
    console.say_table(
        ["", ""],
        [
            [_("characters"), count(facts["characters"])],
            [_("tokens"), count(facts["tokens"])],
            [_("vocabulary"), count(facts["vocabulary"])],
            [_("training tokens"), count(facts["train"]["tokens"])],
            [_("held-out tokens"), count(facts["held_out"]["tokens"])],
            [_("held-out unknown"), count(facts["held_out"]["unknown"])],
        ],
    )
    if facts["top"]:
        console.say()
        rows = [
            [
                token_symbol(each["token"], facts["tokenizer"]),
                count(each["id"]),
                count(each["count"]),
                f"{per_cent(each['count'] / facts['tokens'])} %",
            ]
            for each in facts["top"]
        ]
        console.say_table([_("token"), _("id"), _("count"), _("share")], rows)
    for warning in facts["warnings"]:
        console.complain(warning)


@command.command(
    "list",
    cls=Command,
    help=N_("List the corpora with a name: what they are, and where they are."),
    examples=("seqtui corpus list",),
)
@json_option
def list_corpora(as_json: bool) -> None:
    """Print the catalogue."""
    from seqtui.corpora.catalogue import CATALOGUE, location

    entries: list[dict[str, Any]] = [
        {
            "name": entry.name,
            "title": entry.title,
            "language": entry.language,
            "licence": entry.licence,
            "origin": entry.origin,
            "bytes": entry.size,
            "url": entry.url,
            "sha256": entry.sha256,
            "path": location(entry),
        }
        for entry in CATALOGUE.values()
    ]
    if as_json:
        console.document({"corpora": entries})
        return
    rows = [
        [
            entry["name"],
            entry["title"],
            entry["language"],
            entry["licence"],
            size(entry["bytes"]),
            _where(entry),
        ]
        for entry in entries
    ]
    heads = [_("name"), _("title"), _("language"), _("licence"), _("size"), _("where")]
    console.say_table(heads, rows, left=(0, 1, 2, 3, 5))


def _where(entry: dict[str, Any]) -> str:
    if entry["path"] is not None:
        return str(entry["path"])
    if entry["origin"] == "fetched":
        return f"seqtui corpus fetch {entry['name']}"
    return _("built in")


@command.command(
    "fetch",
    cls=Command,
    help=N_("Fetch the corpus NAME once, check its sha256, and keep it in the cache folder."),
    examples=("seqtui corpus fetch time-machine",),
)
@click.argument("name", shell_complete=complete_fetchable)
@json_option
def fetch_corpus(name: str, as_json: bool) -> None:
    """Fetch a corpus and print where it is."""
    from seqtui.corpora.catalogue import CATALOGUE
    from seqtui.corpora.fetching import fetch

    entries = {entry.name: entry for entry in CATALOGUE.values() if entry.url is not None}
    if name not in entries:
        raise InputError(
            "{name!r} cannot be fetched; choose one of {names}", name=name, names=", ".join(entries)
        )
    with console.Progress(_("fetching {name}").format(name=name)) as progress:
        path = fetch(entries[name], progress)
    if as_json:
        console.document({"name": name, "path": path, "bytes": path.stat().st_size})
    else:
        console.say(str(path))
