"""`seqtui lab`: the list, the figures of a laboratory, and what is refused."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest
from command_line import CommandLine, run_process, start_in_terminal

from seqtui.corpora.catalogue import open_text
from seqtui.corpora.corpus import build_corpus
from seqtui.corpora.options import CorpusOptions
from seqtui.engine.labs.lab import LABS
from seqtui.tui.cli.completing import setting_names
from seqtui.tui.cli.figures import EVALUATED


def test_without_a_name_the_laboratories_are_listed(command_line: CommandLine) -> None:
    shown = command_line.ok("lab").out.splitlines()[1:]
    assert [line.split()[0] for line in shown] == list(LABS)
    listed = command_line.document("lab")["labs"]
    assert [each["name"] for each in listed] == list(LABS)
    assert listed[0]["question"] in shown[0]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["chainrule"], ["'chainrule'", "'chain-rule'", "estimators"]),
        (["zzz"], ["'zzz'", "chain-rule", "estimators", "rnn-twins"]),
        (["chain-rule", "x", "--set", "sentnce=a"], ["'sentnce'", "'sentence'", "order"]),
        (["chain-rule", "x", "--set", "order"], ["--set order", "NAME=VALUE"]),
        (
            ["chain-rule", "x", "--set", "order=two"],
            ["--set order=two", "whole number from 1 to 10"],
        ),
        (["chain-rule", "primer-en", "--set", "order=99"], ["--set order=99"]),
        (["chain-rule", "primer-en", "--set", "estimator=x"], ["--set estimator=x", "kneser-ney"]),
    ],
)
def test_what_there_is_not_is_refused_with_the_choices(
    command_line: CommandLine, arguments: list[str], named: list[str]
) -> None:
    ended = command_line("lab", *arguments)
    assert ended.code == 2
    for name in named:
        assert name in ended.complaint


@pytest.mark.parametrize("name", list(LABS))
def test_settings_are_known_without_loading_the_laboratory(name: str) -> None:
    lab = LABS[name]
    assert setting_names(lab) == [field.name for field in fields(lab.settings)]


def test_a_shell_completes_names_and_settings(tmp_path: Path) -> None:
    def completed(words: str) -> list[str]:
        position = len(words.split(" ")) - 1
        shell = {"COMP_WORDS": words, "COMP_CWORD": str(position)}
        ended = run_process(tmp_path, _SEQTUI_COMPLETE="bash_complete", **shell)
        return [line.partition(",")[2] for line in ended.stdout.decode().splitlines()]

    assert completed("seqtui lab ch") == ["chain-rule"]
    assert completed("seqtui lab chain-rule --set se") == ["sentence="]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("chain-rule", {"sentence": "the q~", "order": 3}),
        ("estimators", {"order": 2}),
        ("rnn-twins", {"hidden": 8, "batch_size": 4, "steps": 3, "seed": 7}),
    ],
)
def test_the_document_has_the_laboratory_s_figures(
    command_line: CommandLine, name: str, settings: dict[str, object]
) -> None:
    corpus = build_corpus(open_text("primer-en"), CorpusOptions(tokenizer="word"))
    figures = LABS[name].run(corpus, LABS[name].settings(**settings))
    given = [each for key, value in settings.items() for each in ("--set", f"{key}={value}")]
    document = command_line.document("lab", name, "primer-en", *given, "--tokenizer", "word")
    expected = json.loads(json.dumps(figures.document()))
    assert document.keys() == expected.keys()
    assert document["seconds"] > 0
    for timed in ("seconds", "scratch_seconds", "fast_seconds", "speed_up"):
        for each in (document, document["figures"], expected, expected["figures"]):
            each.pop(timed, None)
    assert document == expected


def names(value: object) -> set[str]:
    """Every key of a document."""
    if isinstance(value, dict):
        return set(value) | {name for each in value.values() for name in names(each)}
    return {name for each in value for name in names(each)} if isinstance(value, list) else set()


@pytest.mark.parametrize("name", list(LABS))
def test_every_name_that_is_shown_can_be_translated(command_line: CommandLine, name: str) -> None:
    sizes = {"rnn-twins": ("hidden=8", "steps=2"), "heart": ("hidden=8", "epochs=2")}
    small = [each for size in sizes.get(name, ()) for each in ("--set", size)]
    document = command_line.document("lab", name, "primer-en", *small)
    for cell in document["figures"].get("cells", ()):
        shown = cell.pop("evaluation") or {}
        cell |= {each: shown[each] for each in EVALUATED if each in shown}
    found = names(document["figures"]) | set(document["parameters"])
    assert {each.replace("_", " ") for each in found} <= set(LABS[name].labels)


def test_a_table_separates_infinite_from_none(command_line: CommandLine) -> None:
    shown = command_line.ok("lab", "estimators", "primer-en", "--set", "order=3").out
    rows = [line.split() for line in shown.splitlines() if line.startswith(("mle ", "stupid"))]
    assert {(name, cell) for name, order, cell, *_rest in rows if order == "3"} == {
        ("mle", "∞"),
        ("stupid-back-off", "–"),
    }
    factors = command_line.ok("lab", "chain-rule", "primer-en", "--set", "sentence=q~~").out
    assert "−∞" in factors


def test_a_setting_without_a_value_shows_a_dash(command_line: CommandLine) -> None:
    shown = command_line.ok("lab", "chain-rule", "primer-en").out
    assert ["sentence", "–"] in [line.split() for line in shown.splitlines()]


def test_ctrl_c_cancels_with_progress_on_show(tmp_path: Path) -> None:
    process, terminal = start_in_terminal(tmp_path, "lab", "estimators", "--set", "order=10")
    shown = bytearray()
    try:
        while b"ETA" not in shown:
            shown += terminal.read(65536)
        terminal.write(b"\x03")
        assert process.wait(timeout=60) == 130
    finally:
        process.kill()
        terminal.close()
    assert b"estimators" in shown


def test_what_a_sentence_has_and_the_vocabulary_lacks_is_named(command_line: CommandLine) -> None:
    told = command_line("lab", "chain-rule", "primer-en", "--set", "sentence=the ☃")
    assert told.code == 0
    assert told.complaint.endswith("was read as <unk>: ☃")
    assert not command_line("lab", "chain-rule", "primer-en", "--set", "sentence=the").err
