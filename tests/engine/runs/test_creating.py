"""A run's folder is held before its first byte, and what a run keeps of its corpus."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from small_runs import Listener, create_run, small_config, small_corpus

from seqtui.corpora.catalogue import open_text
from seqtui.corpora.corpus import Corpus, CorpusOptions, build_corpus
from seqtui.corpora.errors import InputError
from seqtui.corpora.reading import read_path
from seqtui.engine.launch import launch
from seqtui.engine.runs import creating
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.creating import new_run, taken_up
from seqtui.engine.runs.lock import holder, locked
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.run import open_run

CORPUS = small_corpus()


def test_nothing_is_written_to_a_folder_that_another_process_holds(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    with locked(folder):
        with pytest.raises(InputError, match="writes this run"):
            create_run(small_config(), CORPUS, folder)
        assert [each.name for each in folder.iterdir()] == ["lock"]


def test_the_slower_of_two_new_runs_leaves_the_faster_one_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The faster one begins and ends between the slower one's look and its lock."""
    folder = tmp_path / "run"
    config = small_config(model="uniform")
    made = creating.make_run_folder

    def overtaken(*arguments: object) -> Path:
        path = made(folder, "", "")
        monkeypatch.undo()
        launch(RunRequest(config, CORPUS, folder), Listener(), Control())
        return path

    monkeypatch.setattr(creating, "make_run_folder", overtaken)
    with pytest.raises(InputError, match="holds a run"):
        launch(RunRequest(config, small_corpus(seed=1), folder), Listener(), Control())
    assert open_run(folder).vocabulary.fingerprint == CORPUS.training_vocabulary.fingerprint
    assert open_run(folder).state == "done"


def test_two_processes_that_begin_in_one_folder_leave_one_whole_run(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from small_runs import small_config, small_corpus, Listener\n"
        "from seqtui.engine.runs.control import Control\n"
        "from seqtui.engine.launch import launch\n"
        "from seqtui.engine.runs.request import RunRequest\n"
        "corpus = small_corpus(seed=int(sys.argv[2]), min_freq=1 + 300 * int(sys.argv[2]))\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "launch(RunRequest(small_config(model='uniform'), corpus, Path(sys.argv[1])),\n"
        "       Listener(), Control())\n"
    )
    program = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n{program}"
    arguments = [sys.executable, "-c", program, str(tmp_path / "run")]
    both = [
        subprocess.Popen(
            [*arguments, str(seed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for seed in (0, 1)
    ]
    for each in both:
        assert each.stdout is not None
        assert each.stdout.readline() == b"ready\n"
    for each in both:
        assert each.stdin is not None
        each.stdin.write(b"\n")
        each.stdin.flush()
    for each in both:
        each.communicate()
    codes = [each.returncode for each in both]
    assert sorted(codes) == [0, 1], codes  # the second one's InputError ends it
    winner = small_corpus(seed=codes.index(0), min_freq=1 + 300 * codes.index(0))
    run = open_run(tmp_path / "run")
    assert run.state == "done"
    assert run.vocabulary.fingerprint == winner.training_vocabulary.fingerprint


def test_the_lock_is_held_while_a_run_is_new_or_taken_up(tmp_path: Path) -> None:
    with new_run(small_config(), CORPUS, tmp_path / "run") as run:
        assert holder(run.path) is not None
    assert holder(run.path) is None
    with taken_up(run.path) as again:
        assert holder(again.path) is not None


def test_a_lock_that_a_killed_process_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "lock.0123456789abcdef.part").touch()
    (tmp_path / "lock").write_text(json.dumps({"process": 2**22 + 1, "host": "", "started": 1}))
    (tmp_path / "log.txt").touch()
    with pytest.raises(InputError, match="writes this run"):  # of another host it is believed
        create_run(small_config(), CORPUS, tmp_path)
    (tmp_path / "lock").unlink()
    assert create_run(small_config(), CORPUS, tmp_path).state == "interrupted"


def test_a_folder_that_cannot_be_filled_keeps_no_part_of_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("seqtui.engine.runs.run.write_file", full)
    with pytest.raises(InputError, match=r"--run-dir .*No space left.*another folder"):
        create_run(small_config(), CORPUS, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    (tmp_path / "mine").mkdir()
    with pytest.raises(InputError, match="another folder"):
        create_run(small_config(), CORPUS, tmp_path / "mine")
    assert list((tmp_path / "mine").iterdir()) == []


def corpus_of(name: str) -> Corpus:
    """A corpus of the catalogue."""
    return build_corpus(open_text(name), CorpusOptions())


def test_a_run_keeps_the_text_of_a_corpus_that_python_s_next_version_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = corpus_of("python-manual")
    run = create_run(small_config(corpus="python-manual"), corpus, tmp_path / "run")
    python = ".".join(map(str, sys.version_info[:3]))
    assert run.corpus_version == f"Python {python}"
    monkeypatch.setattr("seqtui.corpora.python_manual.manual_text", lambda: "Another manual. " * 99)
    again = open_run(run.path).open_corpus()
    assert (again.name, again.fingerprint) == ("python-manual", corpus.fingerprint)
    monkeypatch.setattr("platform.python_version", lambda: "4.0.1")
    with pytest.raises(
        InputError, match=rf"of Python {python}, and here is that of Python 4\.0\.1"
    ):
        run.check_corpus(corpus_of("python-manual"))


def test_a_run_keeps_no_copy_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "book.txt"
    file.write_text("to be or not to be " * 50)
    corpus = build_corpus(read_path(file), CorpusOptions())
    run = create_run(small_config(corpus=str(file)), corpus, tmp_path / "run")
    assert not run.keeps_text
    assert not (run.path / "corpus.txt").exists()
    file.rename(tmp_path / "moved.txt")
    with pytest.raises(InputError, match=r"book\.txt, the corpus of run, is not there any more.*"):
        run.open_corpus()
    assert run.open_corpus(str(tmp_path / "moved.txt")).fingerprint == corpus.fingerprint


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("to be or not to be " * 49, {}, "it has 931 tokens, that one had 950"),
        ("to be or mot to be " * 50, {}, "its training part has 'm' 45 times, that one 0 times"),
        ("be to or not to be " * 50, {}, "it has as many of each token, in another order"),
        ("to be or not to be " * 50, {"tokenizer": "word"}, "--tokenizer word, the run with char"),
        ("to be or not to be " * 50, {"min_freq": 60}, "--min-freq 60, the run with 1"),
    ],
)
def test_an_edited_corpus_is_refused_by_name_and_difference(
    tmp_path: Path, text: str, options: dict[str, Any], said: str
) -> None:
    file = tmp_path / "book.txt"
    file.write_text("to be or not to be " * 50)
    corpus = build_corpus(read_path(file), CorpusOptions())
    run = create_run(small_config(corpus=str(file)), corpus, tmp_path / "run")
    file.write_text(text)
    with pytest.raises(InputError) as refused:
        run.check_corpus(build_corpus(read_path(file), CorpusOptions(**options)))
    assert str(file) in str(refused.value)
    assert said in str(refused.value)
