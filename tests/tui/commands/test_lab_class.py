"""`seqtui lab` for a class: a student's file, checking it, sheets, the plan of a lesson."""

from __future__ import annotations

import csv
import io
import signal
from pathlib import Path

import pytest
from command_line import CommandLine, run_process, start_in_terminal, until

from seqtui.corpora.errors import InputError
from seqtui.engine.labs.hand_in import read_hand_in, start_hand_in
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.lesson import CLOSING, MINUTES, OPENING, lesson_labs
from seqtui.engine.labs.task import Judged, tasks_of
from seqtui.tui.lab_book import LabBook

TASK = tasks_of(LABS["gradients"])[0]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of one's own."""
    folder = tmp_path / "lesson"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def hand_in(folder: Path, student: str, given: str = "1") -> Path:
    found = start_hand_in(folder, student, "LAKE", "0.1.0")
    found.predict("gradients", 3)
    found.answer(TASK.name, len(TASK.variants), given, Judged(False), hint=False)
    assert found.path is not None
    return found.path


# The app.


def test_the_app_needs_a_terminal_and_says_so_in_one_line(
    command_line: CommandLine, here: Path
) -> None:
    for arguments in (["--student", "7", "--class", "LAKE"], ["--predict"], ["--no-predict"]):
        ended = command_line("lab", *arguments)
        assert ended.code == 2
        assert "is not a terminal" in ended.complaint
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--student", "7"], "--class"),
        (["--student", "7", "--class", " "], "--class"),
        (["--class", "LAKE"], "--student"),
        (["--verify", "x.seqtui.json"], "--class"),
        (["--verify", "--class", "LAKE"], "name the files"),
        (["--verify", "x", "--class", "LAKE", "--csv", "--summary"], "choose one"),
        (["--csv"], "only with --verify"),
        (["--oral", "3"], "only with --verify"),
        (["--plan", "--sheet"], "choose one"),
        (["--sheet"], "gradients"),
        (["--student", "7", "--class", "LAKE", "--json"], "--json"),
        (["gradients", "primer-en", "more"], "'more'"),
        (["--predict", "primer-en", "more"], "'more'"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    command_line: CommandLine, arguments: list[str], named: str
) -> None:
    ended = command_line("lab", *arguments)
    assert ended.code == 2
    assert named in ended.complaint


def test_an_answer_survives_a_kill(tmp_path: Path, here: Path) -> None:
    path = here / "7.seqtui.json"
    words = ("lab", "--student", "7", "--class", "LAKE", "primer-en")
    process, terminal = start_in_terminal(tmp_path, *words)
    shown = bytearray()

    def see(wanted: bytes) -> None:
        while wanted not in shown:
            shown.extend(terminal.read(65536))

    try:
        see(b"your answers are kept in")
        assert read_hand_in(path).hand_in.events == []
        terminal.write(b"a")
        see(b"task 1 of")
        terminal.write(b"\r")
        see(b"answer")
        terminal.write(b"1/7\r")
        until(lambda: len(read_hand_in(path).hand_in.events) == 1)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
    finally:
        process.kill()
        terminal.close()
    found = read_hand_in(path)
    assert found.broken is None
    assert found.hand_in.student == "7"
    assert found.hand_in.events[0].given == "1/7"
    assert [each.name for each in here.iterdir()] == [path.name]


def test_a_folder_that_takes_no_file_is_said_before_the_first_answer(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"--student 7: .*cannot be written"):
        LabBook(blocked / "below", "7", "LAKE").begin()
    hand_in(tmp_path, "8")
    with pytest.raises(InputError, match="of another class"):
        LabBook(tmp_path, "8", "POND").begin()


def test_a_folder_that_goes_costs_a_word_and_no_answer(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    book = LabBook(folder, "7", "LAKE")
    book.begin()
    assert book.path is not None
    book.path.unlink()
    folder.rmdir()
    folder.write_text("a file has its name", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        book.record(lambda found: found.predict("gradients", 1))
    with pytest.raises(InputError, match="cannot be written"):
        book.finish()
    folder.unlink()
    book.finish()
    assert len(read_hand_in(book.path).hand_in.events) == 1
    book.record(lambda found: found.predict("series", 2))
    assert len(read_hand_in(book.path).hand_in.events) == 2


def test_before_a_class_every_start_asks_for_predictions_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQTUI_HOME", str(tmp_path))
    lab = LABS["gradients"]
    for _start in range(2):
        book = LabBook(predict=True)
        assert book.predicts(lab)
        book.record(lambda found: found.predict("gradients", 1))
        assert not book.predicts(lab)
        book.finish()
    assert list(tmp_path.rglob("*.seqtui.json")) == []
    assert not LabBook().predicts(lab)
    assert not LabBook(tmp_path, "7", "LAKE", predict=False).predicts(lab)


# What was handed in.


def test_files_are_listed_with_what_is_odd(command_line: CommandLine, here: Path) -> None:
    hand_in(here, "1")
    hand_in(here, "2").rename(here / "3.seqtui.json")
    (here / "x\x1b[2J.seqtui.json").write_text("[", encoding="utf-8")
    ended = command_line("lab", "--verify", *sorted(here.iterdir()), "--class", "LAKE")
    assert ended.code == 0
    assert "not readable as JSON" in ended.complaint
    assert "\x1b" not in ended.out + ended.err
    lines = ended.out.splitlines()
    assert lines[1].split() == ["1", "0", "0", "1", "1.seqtui.json"]
    assert "3.seqtui.json: the ID in the file is not that of its name" in lines


def test_a_table_for_spreadsheets_runs_nothing(command_line: CommandLine, here: Path) -> None:
    paths = [hand_in(here, each) for each in ("1", "=cmd()", "@x", "a,b", '"q"')]
    broken = here / "-9.seqtui.json"
    broken.write_text("{}", encoding="utf-8")
    out = command_line.ok("lab", "--verify", *paths, broken, "--class", "LAKE", "--csv").out
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["student"] for row in rows] == ["1", "'=cmd()", "'@x", "a,b", '"q"', ""]
    assert rows[-1]["file"] == "'-9.seqtui.json"
    assert "not a hand-in" in rows[-1]["flags"]
    assert rows[0][f"{TASK.name} tries"] == "1"
    assert rows[0]["gradients prediction"] == "3"
    for row in rows:
        for cell in row.values():
            assert not cell.startswith(tuple("=+-@\t\r"))


def test_the_document_has_what_the_other_forms_show(command_line: CommandLine, here: Path) -> None:
    paths = [hand_in(here, each) for each in ("1", "2")]
    document = command_line.document("lab", "--verify", *paths, "--class", "LAKE", "--oral", "2")
    assert [each["student"] for each in document["files"]] == ["1", "2"]
    assert document["files"][0]["tasks"][TASK.name]["tries"] == 1
    assert [len(each["oral"]) for each in document["files"]] == [2, 2]
    assert document["summary"][0]["task"] == TASK.name
    assert document["predictions"]["gradients"] == [0, 0, 2]
    shown = command_line.ok("lab", "--verify", *paths, "--class", "LAKE", "--summary").out
    assert shown.splitlines()[1].split()[:3] == [TASK.name, "2", "0"]
    oral = command_line.ok("lab", "--verify", *paths, "--class", "LAKE", "--oral", "2").out
    assert oral.count("\n  ") >= 4


def test_anonymous_forms_hold_no_id(command_line: CommandLine, here: Path) -> None:
    paths = [hand_in(here, "20220417"), here / "20220418.seqtui.json"]
    for form in (["--csv"], ["--json"], ["--summary"], ["--oral", "2"], []):
        ended = command_line("lab", "--verify", *paths, "--class", "LAKE", "--anonymous", *form)
        assert ended.code == 0
        assert "2022" not in ended.out + ended.err


def test_without_any_hand_in_the_command_fails(command_line: CommandLine, here: Path) -> None:
    ended = command_line("lab", "--verify", here / "none", "--class", "LAKE")
    assert ended.code == 2
    assert "no such file" in ended.complaint


# On paper.


@pytest.mark.parametrize("name", list(LABS))
def test_a_sheet_has_question_picture_tasks_and_room(command_line: CommandLine, name: str) -> None:
    lab = LABS[name]
    small = ("--set", "hidden=8", "--set", "steps=2") if name == "rnn-twins" else ()
    sheet = command_line.ok("lab", name, "primer-en", "--sheet", *small).out
    lines = sheet.splitlines()
    assert lines[0].startswith(f"# {name}: ")
    assert "\x1b" not in sheet
    assert ("## Before the picture" in lines) is (lab.prediction is not None)
    assert lines.count("```") + 2 * sheet.count("trained at its key") == 2
    assert sheet.count("How: ____") == len(tasks_of(lab))
    for number in range(1, len(tasks_of(lab)) + 1):
        assert any(line.startswith(f"{number}. ") for line in lines)


def test_a_student_s_sheet_has_the_student_s_numbers(command_line: CommandLine) -> None:
    words = ("lab", "gradients", "--sheet", "--student", "5", "--class", "LAKE")
    sheet = command_line.ok(*words).out
    question = TASK.question("5", "LAKE")
    assert f"ρ = {question.text.values['rho']}, the activation" in sheet
    assert "Student: 5" in sheet
    assert r"W\_hh" in sheet


def test_a_lesson_fits_and_says_what_it_takes(command_line: CommandLine) -> None:
    assert sum(lab.minutes for lab in lesson_labs()) <= MINUTES - OPENING - CLOSING
    document = command_line.document("lab", "--plan", "canteen")
    begins = OPENING
    for part in document["parts"]:
        assert part["begins"] == begins
        begins += part["minutes"]
        assert part["trains"] is False or part["seconds"] is None
    shown = command_line.ok("lab", "--plan", "canteen").out
    for lab in lesson_labs():
        assert f"  {lab.name}  " in shown


def test_a_shell_completes_what_serves_a_class(tmp_path: Path, here: Path) -> None:
    def completed(words: str) -> list[str]:
        position = len(words.split(" ")) - 1
        shell = {"COMP_WORDS": words, "COMP_CWORD": str(position)}
        ended = run_process(tmp_path, _SEQTUI_COMPLETE="bash_complete", **shell)
        return ended.stdout.decode().splitlines()

    assert completed("seqtui lab --ver") == ["plain,--verify"]
    assert completed("seqtui lab --verify x") == ["file,x"]
    assert completed("seqtui lab --verify a b x") == ["file,x"]
    assert "plain,primer-en" in completed("seqtui lab --student 7 prim")
    assert "plain,gradients" in completed("seqtui lab --sheet grad")
