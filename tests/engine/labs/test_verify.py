"""Hand-ins of a class: computed again from the ID, odd ones flagged, hostile ones one line each."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from seqtui.corpora.catalogue import open_text
from seqtui.corpora.corpus import build_corpus
from seqtui.corpora.options import CorpusOptions
from seqtui.engine.labs import verify as module
from seqtui.engine.labs.class_summary import summarise
from seqtui.engine.labs.hand_in import HandIn, figures_record, start_hand_in
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.recompute import Recomputed, Recomputer
from seqtui.engine.labs.task import judge, shown, tasks_of, variant_of
from seqtui.engine.labs.verify import Checked, all_tasks, verify

VERSION = "1.0"
WORD = "食堂"
GRADIENTS = LABS["gradients"]
TASK = tasks_of(GRADIENTS)[0]
MUTATIONS = 300


def begun(folder: Path, student: str) -> HandIn:
    return start_hand_in(folder, student, WORD, VERSION)


def answer(hand_in: HandIn, name: str, given: str | None = None, **more: Any) -> None:
    """Answer a task, rightly unless something else is given."""
    task = all_tasks()[name]
    question = task.question(hand_in.student, WORD)
    given = shown(question.answer) if given is None else given
    variants = len(task.variants)
    hand_in.answer(name, variants, given, judge(question, given), hint=False, **more)


def handed_in(folder: Path, student: str = "20220417", ago: float = 0.0) -> Path:
    hand_in = begun(folder, student)
    hand_in.started -= ago
    hand_in.predict("gradients", 2)
    answer(hand_in, "gradients.1", "1")
    answer(hand_in, "gradients.1")
    answer(hand_in, "chain-rule.1")
    assert hand_in.path is not None
    return hand_in.path


def check(*paths: Path, **more: Any) -> list[Checked]:
    return verify(paths, WORD, VERSION, **more)


def flags(*paths: Path) -> list[list[str]]:
    return [[str(each) for each in checked.flags] for checked in check(*paths)]


def rewritten(path: Path, change: Callable[[Any], object]) -> Path:
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_an_honest_file_has_no_flags(tmp_path: Path) -> None:
    (checked,) = check(handed_in(tmp_path))
    assert checked.flags == []
    assert checked.refusal is None
    assert checked.predictions == {"gradients": 2}
    first, second = checked.tasks["gradients.1"], checked.tasks["chain-rule.1"]
    assert (first.right, first.first, first.tries) == (True, False, 2)
    assert (second.right, second.first, second.tries) == (True, True, 1)


def test_answers_are_judged_by_the_variants_of_the_id(tmp_path: Path) -> None:
    """A neighbour's file under another name is chained well, but has the neighbour's numbers."""
    mine = handed_in(tmp_path)
    taken = tmp_path / "other" / "99.seqtui.json"
    theirs = begun(taken.parent, "99")
    source = begun(tmp_path, "20220417")
    wrong = {}
    for event in source.events:
        if event.kind == "answer":
            theirs._add("answer", event.task, event.variant, event.given, event.right, 0, None)
            variants = len(all_tasks()[event.task].variants)
            wrong[event.task] = variant_of("99", WORD, event.task, variants) != event.variant
    assert all(wrong.values())
    (copied,) = check(taken)
    assert any("not the variant" in each for each in map(str, copied.flags))
    assert not copied.tasks["chain-rule.1"].right
    assert check(mine)[0].tasks["chain-rule.1"].right


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        (lambda data: data["events"][1].update(given="44"), "event 2 does not follow"),
        (lambda data: data["events"].pop(0), "event 1 does not follow"),
        (lambda data: data["events"][1].update(right=True), "another verdict"),
        (lambda data: data.update(seqtui="0.0.9"), "another version"),
        (lambda data: data["events"][0].update(seconds=1e6), "times go backwards"),
        (lambda data: data.update({"class": "0" * 16}), "another class"),
        (lambda data: data["events"][2].update(task="zzz.1"), "1 answer to a task"),
    ],
)
def test_what_was_changed_is_flagged(
    tmp_path: Path, change: Callable[[Any], object], flag: str
) -> None:
    (found,) = flags(rewritten(handed_in(tmp_path), change))
    assert any(flag in each for each in found), found


def test_a_file_of_another_name_is_flagged(tmp_path: Path) -> None:
    path = handed_in(tmp_path)
    moved = path.rename(tmp_path / "20220418.seqtui.json")
    assert flags(moved) == [["the ID in the file is not that of its name"]]


def test_what_two_files_have_in_common_is_flagged(tmp_path: Path) -> None:
    one, other = handed_in(tmp_path / "a"), handed_in(tmp_path / "b")
    for found in flags(one, other):
        assert any("the same ID" in each for each in found)
        assert any("the same times" in each for each in found)
    paths = []
    for student in ("1", "2", "3"):
        hand_in = begun(tmp_path, student)
        answer(hand_in, "gradients.4", "0.12345" if student != "3" else "0.54321")
        assert hand_in.path is not None
        paths.append(hand_in.path)
    decimals = [[each for each in found if "0.12345" in each] for found in flags(*paths)]
    assert [len(each) for each in decimals] == [1, 1, 0]


def test_many_tasks_in_a_hurry_are_flagged(tmp_path: Path) -> None:
    hand_in = begun(tmp_path, "7")
    for name, task in all_tasks().items():
        if task.recomputable and task.question("7", WORD).answer is not None:
            answer(hand_in, name)
    assert hand_in.path is not None
    assert any("tasks solved in 0 s" in each for each in flags(hand_in.path)[0])
    hand_in.events = [replace(each, seconds=100.0 * n) for n, each in enumerate(hand_in.events)]
    hand_in.write()
    assert not any("tasks solved" in each for each in flags(hand_in.path)[0])


# Recorded figures.


def record(corpus: str | None = None, **settings: Any) -> dict[str, Any]:
    lab = LABS["estimators"] if corpus else GRADIENTS
    text = build_corpus(open_text(corpus), CorpusOptions()) if corpus else None
    found = figures_record(lab.run(text, lab.settings(**settings)))
    assert found is not None
    return json.loads(json.dumps(found))


def test_recorded_figures_are_computed_again() -> None:
    recomputer = Recomputer(60)
    true = record(rho=0.5)
    assert recomputer.check(true) is Recomputed.SAME
    false = {**true, "numbers": [*true["numbers"][:-1], 0.77]}
    assert recomputer.check(false) is Recomputed.OTHER
    assert recomputer.check({**true, "numbers": "x"}) is Recomputed.OTHER
    assert recomputer.check(record("canteen", order=2)) is Recomputed.SAME


@pytest.mark.parametrize(
    "change",
    [
        {"lab": "zzz"},
        {"lab": "rnn-twins"},
        {"lab": []},
        {"parameters": None},
        {"parameters": {"rho": 0.5}},
        {"parameters": {"rho": 1e9}},
    ],
)
def test_what_cannot_be_computed_again_is_no_oddity(change: dict[str, Any]) -> None:
    assert Recomputer(60).check({**record(rho=0.5), **change}) is Recomputed.OUT_OF_REACH


@pytest.mark.parametrize(("name", "value"), [("rho", 1e9), ("rho", "x"), ("window", 10**9)])
def test_settings_in_a_file_are_checked_as_typed_ones(name: str, value: object) -> None:
    found = record(rho=0.5)
    found["parameters"][name] = value
    assert Recomputer(60).check(found) is Recomputed.OUT_OF_REACH


def test_figures_of_a_text_that_is_not_here_are_out_of_reach() -> None:
    found = {**record("canteen", order=2), "corpus": "0" * 16}
    assert Recomputer(60).check(found) is Recomputed.OUT_OF_REACH


def test_no_file_that_a_hand_in_names_is_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    lab = LABS["series"]
    parameters = {**asdict(lab.settings()), "source": "csv", "file": str(pipe), "column": "x"}
    found = {"lab": "series", "parameters": parameters, "seed": None, "corpus": None, "numbers": []}
    assert Recomputer(60).check(found) is Recomputed.OUT_OF_REACH
    assert lab.varies(lab.settings(source="csv"))
    assert not lab.varies(lab.settings())


def test_what_is_trained_or_timed_varies() -> None:
    assert GRADIENTS.varies(GRADIENTS.settings(view="clipping"))
    assert not GRADIENTS.varies(GRADIENTS.settings())
    for name in ("heart", "rnn-twins"):
        assert LABS[name].varies(LABS[name].settings())


def test_a_view_that_reads_no_text_is_computed_again() -> None:
    lab = LABS["perplexity"]
    text = build_corpus(open_text("canteen"), CorpusOptions())
    found = figures_record(lab.run(text, lab.settings()))
    assert found is not None
    assert found["corpus"] is None
    assert Recomputer(60).check(found) is Recomputed.SAME


def test_a_budget_ends_the_computing() -> None:
    assert Recomputer(0).check(record(rho=0.5)) is Recomputed.OUT_OF_TIME


def test_a_laboratory_that_fails_on_a_file_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in = begun(tmp_path, "7")
    answer(hand_in, "gradients.1", figures=record(rho=0.5))
    assert hand_in.path is not None

    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("seqtui.engine.labs.gradients.norms_by_distance", fail)
    (checked,) = check(hand_in.path)
    assert checked.not_recomputed == ["gradients"]
    assert checked.flags == []


def test_figures_that_do_not_recompute_are_flagged(tmp_path: Path) -> None:
    true = record(rho=0.5)
    hand_in = begun(tmp_path, "7")
    answer(hand_in, "gradients.1", figures=true)
    answer(hand_in, "gradients.1", figures={**true, "numbers": [1.0]})
    answer(hand_in, "gradients.1", figures={**true, "lab": "rnn-twins"})
    assert hand_in.path is not None
    (checked,) = check(hand_in.path)
    assert [str(each) for each in checked.flags] == [
        "event 2: the figures of gradients do not recompute"
    ]
    assert checked.not_recomputed == ["rnn-twins"]


# Hostile files.


def mutant(data: bytes, dice: random.Random) -> bytes:
    """A file with something wrong somewhere."""
    kind = dice.randrange(6)
    at = dice.randrange(len(data))
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]
    if kind == 2:
        return data[:at] + data[at + dice.randrange(1, 40) :]
    if kind == 3:
        return data[:at] + data[dice.randrange(len(data)) :]
    values = [
        None,
        [],
        {},
        -1,
        1e999,
        "\x1b[2J",
        "\ud800",
        "=cmd()",
        10**400,
        True,
        [[[]]],
        "9" * 99,
    ]
    value = dice.choice(values)
    whole = json.loads(data)
    place = whole
    while True:
        key = dice.choice(list(place) if isinstance(place, dict) else range(len(place)))
        if isinstance(place[key], dict | list) and place[key] and dice.random() < 0.8:
            place = place[key]
            continue
        place[key] = value
        return json.dumps(whole).encode()


def ends_earlier(data: bytes, before: dict[str, Any]) -> bool:
    """Whether a file holds the same, or its first events, as if the student had stopped there."""
    try:
        found = json.loads(data)
        return bool({**before, "events": before["events"][: len(found["events"])]} == found)
    except (ValueError, LookupError, TypeError):
        return False


def test_mutated_files_are_refused_or_flagged_and_stop_nobody(tmp_path: Path) -> None:
    good = handed_in(tmp_path / "good", "1", ago=100.0)
    source = handed_in(tmp_path, "20220417")
    hand_in = begun(tmp_path, "20220417")
    answer(hand_in, "gradients.1", figures=record(rho=0.5))
    data = source.read_bytes()
    before = json.loads(data)
    folder = tmp_path / "mutants"
    paths, changed = [], []
    dice = random.Random(14)
    for number in range(MUTATIONS):
        path = folder / str(number) / source.name
        path.parent.mkdir(parents=True)
        path.write_bytes(mutant(data, dice))
        paths.append(path)
        changed.append(not ends_earlier(path.read_bytes(), before))
    checked = check(*paths, good)
    assert checked[-1].flags == []
    assert checked[-1].refusal is None
    assert checked[-1].tasks["chain-rule.1"].right
    missed = []
    for path, each, differs in zip(paths, checked, changed, strict=False):
        own = [one for one in each.flags if "the same" not in one]
        if differs and each.refusal is None and not own:
            missed.append(path)
        for line in [*each.flags, *([each.refusal] if each.refusal else [])]:
            assert "\n" not in line
    assert not missed, [path.read_bytes() for path in missed]


def test_what_is_no_hand_in_is_one_line_each(tmp_path: Path) -> None:
    good = handed_in(tmp_path)
    large = tmp_path / "large.seqtui.json"
    with large.open("wb") as file:
        file.truncate(100 << 20)
    deep = tmp_path / "deep.seqtui.json"
    deep.write_text("[" * 500_000, encoding="utf-8")
    nested = tmp_path / "nested.seqtui.json"
    inside = '{"a":' * 900 + "1" + "}" * 900
    text = good.read_text(encoding="utf-8").replace('"figures": null', f'"figures": {inside}')
    nested.write_text(text, encoding="utf-8")
    newer = tmp_path / "newer.seqtui.json"
    newer.write_text('{"format": 2}', encoding="utf-8")
    control = rewritten(handed_in(tmp_path, "5"), lambda data: data.update(student="a\x1b[2J"))
    loop = tmp_path / "loop.seqtui.json"
    loop.symlink_to(loop)
    pipe = tmp_path / "pipe.seqtui.json"
    os.mkfifo(pipe)
    hostile = [large, deep, newer, control, loop, pipe, tmp_path, tmp_path / "none"]
    checked = check(*hostile, nested, good)
    for path, each in zip(hostile, checked, strict=False):
        assert each.refusal is not None, path
        assert "\n" not in each.refusal
    assert checked[-2].refusal is not None or checked[-2].flags
    assert checked[-1].refusal is None
    assert checked[-1].tasks["chain-rule.1"].right


# For the lecturer.


def test_the_summary_names_the_misconception(tmp_path: Path) -> None:
    paths = []
    for number in range(6):
        hand_in = begun(tmp_path, str(number))
        question = TASK.question(str(number), WORD)
        if number < 4:
            answer(hand_in, TASK.name, shown(question.wrong[0].value))
        answer(hand_in, TASK.name)
        assert hand_in.path is not None
        paths.append(hand_in.path)
    (found,) = summarise(check(*paths))
    assert (found.task, found.students, found.times) == (TASK.name, 6, 4)
    assert found.first_right == pytest.approx(2 / 6)
    assert found.misconception == TASK.ask(TASK.variants[0]).wrong[0].misconception


def test_oral_tasks_have_numbers_that_the_student_has_not_had(tmp_path: Path) -> None:
    paths = [handed_in(tmp_path, str(number)) for number in range(12)]
    for each in check(*paths, oral=3):
        assert len({oral.task for oral in each.orals}) == 3
        assert {oral.task for oral in each.orals} >= {"gradients.1", "chain-rule.1"}
        for oral in each.orals:
            assert oral.question.text != all_tasks()[oral.task].question(each.student, WORD).text


def test_anonymous_results_show_no_id(tmp_path: Path) -> None:
    path = handed_in(tmp_path)
    twin = handed_in(tmp_path / "b")
    broken = tmp_path / "20229999.seqtui.json"
    broken.write_text("{", encoding="utf-8")
    shown_words = repr(check(path, twin, broken, anonymous=True, oral=2))
    assert "2022" not in shown_words
    assert module.hashed_id("20220417", WORD) in shown_words
