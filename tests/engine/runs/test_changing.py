"""Renaming and deleting runs: what goes, what stays, and what an interruption leaves."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from small_runs import create_run, small_config, small_corpus

from seqtui.corpora.errors import InputError
from seqtui.corpora.folders import runs_folder
from seqtui.engine.runs.changing import delete_run, find_deletable, rename_run
from seqtui.engine.runs.listing import list_runs
from seqtui.engine.runs.lock import holder, locked
from seqtui.engine.runs.run import Run, open_run


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEQTUI_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def run() -> Run:
    return create_run(small_config(), small_corpus())


def test_a_run_that_is_taken_up_before_the_answer_is_not_deleted(run: Run) -> None:
    folder = find_deletable(run.name)
    with locked(run.path):
        with pytest.raises(InputError, match="stop it first"):
            find_deletable(run.name)
        with pytest.raises(InputError, match="writes this run"):
            delete_run(folder)
        assert open_run(run.path).vocabulary
    assert delete_run(folder)
    assert not run.path.exists()


def test_an_interrupted_deletion_leaves_a_run_that_is_listed_and_can_be_deleted(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        pass

    unlink, gone = Path.unlink, []

    def killed(path: Path, missing_ok: bool = False) -> None:
        if path.name == "run.json":
            raise KilledError
        gone.append(path.name)
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as killing:
        killing.setattr(Path, "unlink", killed)
        with pytest.raises(KilledError):
            delete_run(run.path)
    assert "vocabulary.json" in gone
    assert [each.name for each in list_runs().runs] == [run.name]
    assert delete_run(find_deletable(run.name))
    assert not run.path.exists()


def test_only_a_run_s_own_files_are_deleted(run: Run) -> None:
    mine = ["thesis.part", "notes.txt", "model.py", "corpus.txt", "run.json.x.part"]
    for name in mine:
        (run.path / name).write_text("mine")
    (run.path / "last.safetensors.0123456789abcdef.part").write_text("a killed writer's")
    (run.path / "last.safetensors").mkdir()
    assert not delete_run(run.path)
    left = sorted(each.name for each in run.path.iterdir())
    assert left == sorted([*mine, "last.safetensors"])


def test_of_a_linked_run_only_the_link_goes(run: Run, home: Path) -> None:
    target = home / "elsewhere"
    shutil.move(run.path, target)
    run.path.symlink_to(target)
    before = sorted(target.iterdir())
    assert delete_run(find_deletable(run.name))
    assert not run.path.is_symlink()
    assert sorted(target.iterdir()) == before


def test_of_a_linked_file_only_the_link_goes(run: Run, home: Path) -> None:
    target = home / "precious"
    target.write_text("mine")
    (run.path / "log.txt").symlink_to(target)
    assert delete_run(run.path)
    assert target.read_text() == "mine"


def test_outside_the_runs_folder_only_a_run_can_be_deleted(home: Path) -> None:
    folder = home / "project"
    folder.mkdir()
    (folder / "run.json").write_text('{"command": "make"}')
    (folder / "model.py").write_text("mine")
    with pytest.raises(InputError, match=r"run\.json"):
        find_deletable(str(folder))
    for name in ("", ".", "..", "nothing"):
        with pytest.raises(InputError):
            find_deletable(name)


@pytest.mark.parametrize("change", ["delete", "rename"])
def test_what_the_file_system_refuses_is_one_line_that_names_the_folder(
    run: Run, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "link", refused)
    monkeypatch.setattr(Path, "rename", refused)
    changes = {"delete": lambda: delete_run(run.path), "rename": lambda: rename_run(run, "other")}
    with pytest.raises(InputError, match="Permission denied") as error:
        changes[change]()
    assert str(run.path) in str(error.value)
    monkeypatch.undo()
    assert holder(run.path) is None
    assert open_run(run.path).name == run.name


def test_a_run_that_another_process_deletes_meanwhile_is_one_line(run: Run) -> None:
    shutil.rmtree(run.path)
    for change in (lambda: delete_run(run.path), lambda: rename_run(run, "other")):
        with pytest.raises(InputError, match="is gone"):
            change()


def test_runs_that_vanish_while_they_are_listed_are_not_listed(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = create_run(small_config(), small_corpus())
    opened = open_run

    def vanishing(path: Path) -> Run:
        if path == other.path:
            shutil.rmtree(path)
        return opened(path)

    monkeypatch.setattr("seqtui.engine.runs.listing.open_run", vanishing)
    found = list_runs()
    assert [each.name for each in found.runs] == [run.name]
    assert found.unreadable == []


def test_a_folder_that_may_not_be_read_hides_no_other(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = runs_folder() / "private"
    private.mkdir()
    listed = os.listdir

    def refused(path: Path) -> list[str]:
        if path == private:
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "listdir", refused)
    found = list_runs()
    assert [each.name for each in found.runs] == [run.name]
    (unreadable,) = found.unreadable
    assert unreadable.path == private
    assert str(private) in str(unreadable.reason)


def test_a_runs_folder_that_cannot_be_read_is_said(home: Path) -> None:
    runs_folder().parent.mkdir(parents=True)
    runs_folder().write_text("a file")
    (unreadable,) = list_runs().unreadable
    assert unreadable.path == runs_folder()
