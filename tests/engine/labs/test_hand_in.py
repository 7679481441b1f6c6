"""The file of a student's answers: readable, chained, whole after a kill, taken up again."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqtui.corpora.errors import InputError
from seqtui.engine.labs.hand_in import HandIn, figures_record, read_hand_in, start_hand_in
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.task import Judged, tasks_of

TASK = tasks_of(LABS["gradients"])[0]


def begun(folder: Path, student: str = "20220417") -> HandIn:
    return start_hand_in(folder, student, "食堂", "1.0")


def answered(folder: Path) -> HandIn:
    hand_in = begun(folder)
    hand_in.predict("gradients", 2)
    hand_in.answer(TASK.name, len(TASK.variants), "12", Judged(False), hint=False)
    hand_in.answer(TASK.name, len(TASK.variants), "13", Judged(True), hint=True)
    return hand_in


def test_what_was_done_is_read_again_and_taken_up(tmp_path: Path) -> None:
    first = answered(tmp_path)
    again = begun(tmp_path, " 20220417 ")
    assert again.events == first.events
    assert again.predicted("gradients") == 2
    assert again.solved(TASK.name)
    assert [event.tries for event in again.events] == [0, 1, 2]
    again.predict("gradients", 3)  # only the first counts
    again.answer("chain-rule.1", 24, "5/42", Judged(True), hint=False)
    found = read_hand_in(tmp_path / "20220417.seqtui.json")
    assert found.broken is None
    assert len(found.hand_in.events) == 4


def test_the_file_is_read_by_people_and_holds_no_word_of_the_class(tmp_path: Path) -> None:
    answered(tmp_path)
    text = (tmp_path / "20220417.seqtui.json").read_text(encoding="utf-8")
    assert "食堂" not in text
    assert len(text.splitlines()) == 5
    assert json.loads(text)["events"][1]["given"] == "12"


@pytest.mark.parametrize("change", ["given", "right", "seconds", "drop", "order"])
def test_a_change_breaks_the_chain(tmp_path: Path, change: str) -> None:
    answered(tmp_path)
    path = tmp_path / "20220417.seqtui.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    if change == "drop":
        del data["events"][1]
    elif change == "order":
        data["events"].reverse()
    else:
        data["events"][1][change] = {"given": "44", "right": True, "seconds": 9.0}[change]
    path.write_text(json.dumps(data), encoding="utf-8")
    assert read_hand_in(path).broken in (1, 2)


def test_another_class_is_refused_and_loses_nothing(tmp_path: Path) -> None:
    answered(tmp_path)
    before = (tmp_path / "20220417.seqtui.json").read_bytes()
    with pytest.raises(InputError, match="of another class"):
        start_hand_in(tmp_path, "20220417", "教室", "1.0")
    assert (tmp_path / "20220417.seqtui.json").read_bytes() == before


@pytest.mark.parametrize(
    "student", ["", " ", "../x", "a/b", ".x", "-x", "a\x1bb", "a\nb", "é" * 40]
)
def test_an_id_that_names_no_file_is_refused(tmp_path: Path, student: str) -> None:
    with pytest.raises(InputError, match="--student"):
        begun(tmp_path, student)


def test_a_full_disk_loses_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in = answered(tmp_path)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        hand_in.answer(TASK.name, len(TASK.variants), "1", Judged(False), hint=False)
    assert len(begun(tmp_path).events) == 3
    monkeypatch.undo()
    hand_in.predict("series", 1)
    assert len(begun(tmp_path).events) == 5


def test_figures_are_recorded_with_what_recomputes_them() -> None:
    lab = LABS["gradients"]
    record = figures_record(lab.run(None, lab.settings(rho=0.5)))
    assert record is not None
    assert record["parameters"]["rho"] == 0.5
    assert record["numbers"][:4] == [0, 1, 1, 0.5]
    assert figures_record(None) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(["format", "student", "class", "started", "events"]), value=JSON)
def test_a_hostile_file_is_one_line(tmp_path: Path, name: str, value: object) -> None:
    path = tmp_path / "x.seqtui.json"
    data = {"format": 1, "student": "x", "class": "c", "started": 1.0, "events": [], name: value}
    path.write_text(json.dumps(data), encoding="utf-8")
    refused = None
    try:
        read_hand_in(path)
    except InputError as error:
        refused = str(error)
    assert refused is None or "\n" not in refused


@pytest.mark.parametrize("odd", ["\udcff", "a\0b", "\u2028"])
def test_what_is_no_text_is_kept_and_breaks_no_chain(tmp_path: Path, odd: str) -> None:
    for _ in range(2):
        hand_in = start_hand_in(tmp_path, "z1", f"word{odd}", "1.0")
        hand_in.answer(TASK.name, len(TASK.variants), odd, Judged(False), hint=False)
    found = read_hand_in(tmp_path / "z1.seqtui.json")
    assert [event.given for event in found.hand_in.events] == [odd, odd]
    assert found.broken is None
