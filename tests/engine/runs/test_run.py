from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import Listener, create_run, small_config, small_corpus

from seqtui.corpora.errors import InputError
from seqtui.corpora.folders import runs_folder
from seqtui.corpora.reading import Text
from seqtui.engine.evaluation import Evaluation
from seqtui.engine.generation import SamplingOptions, write_text
from seqtui.engine.held_out import evaluate_part
from seqtui.engine.launch import launch
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.events import Evaluated, Failed, Finished, Saved, Started
from seqtui.engine.runs.listing import list_runs
from seqtui.engine.runs.loading import load_model
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.run import open_run
from seqtui.engine.settings.families import MODELS

CORPUS = small_corpus()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEQTUI_HOME", str(tmp_path / "home"))
    return tmp_path


def run_of(model: str, folder: Path, **changes: Any) -> tuple[dict[str, Any], Listener]:
    listener = Listener()
    config = small_config(model=model, **changes)
    return launch(RunRequest(config, CORPUS, folder=folder), listener, Control()), listener


@pytest.mark.parametrize("model", MODELS)
def test_every_model_trains_evaluates_and_writes_from_its_folder(model: str, home: Path) -> None:
    document, listener = run_of(model, home / "run")
    run = open_run(home / "run")
    assert run.state == "done"
    assert document["run"] == str(run.path)
    assert json.loads(json.dumps(document, allow_nan=False)) == run.document == document
    part, options = CORPUS.split.held_out, CORPUS.options
    again = evaluate_part(load_model(run), part, "held-out", run.vocabulary, options)
    assert again is not None
    loss = document["held_out"]["loss"]  # null where a target is impossible
    assert again.loss == pytest.approx(math.inf if loss is None else loss, abs=1e-6)
    for name in ("text", "tokens", "targets", "characters", "split", "state"):
        assert again.document()[name] == document["held_out"][name]
    text = write_text(
        load_model(run), run.vocabulary, options, "the time ", 30, SamplingOptions(seed=1)
    )
    assert text.startswith("the time ")
    assert len(text) == 39
    assert [type(event) for event in listener.events[:1]] == [Started]
    assert isinstance(listener.events[-1], Finished)
    assert listener.of(Saved)
    kept = [event for event in run.events() if isinstance(event, Evaluated)]
    assert kept == listener.of(Evaluated)
    assert kept[-1].evaluation.targets == len(part.ids) - 1


def test_uniform_has_perplexity_v_and_impossible_targets_are_counted(home: Path) -> None:
    document, _ = run_of("uniform", home / "uniform")
    assert document["held_out"]["perplexity"] == pytest.approx(len(CORPUS.training_vocabulary))
    assert document["steps"] == 0
    assert document["train"]["measured"] == "all training tokens"
    document, listener = run_of("ngram", home / "mle", order=10, smoothing="mle")
    impossible = document["held_out"]["zero_probability_targets"]
    assert impossible > 0
    assert document["held_out"]["perplexity"] is None
    assert document["train"]["perplexity"] < 2
    (evaluated,) = (e for e in open_run(home / "mle").events() if isinstance(e, Evaluated))
    assert evaluated.evaluation == listener.of(Evaluated)[0].evaluation
    assert evaluated.evaluation.perplexity == float("inf")


def test_a_counted_run_loads_no_torch(home: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from small_runs import small_config, small_corpus, Listener\n"
        "from seqtui.engine.runs.control import Control\n"
        "from seqtui.engine.launch import launch\n"
        "from seqtui.engine.runs.request import RunRequest\n"
        "from seqtui.engine.runs.loading import load_model\n"
        "from seqtui.engine.runs.run import open_run\n"
        "from seqtui.engine.runs.listing import list_runs\n"
        "folder = Path(sys.argv[1])\n"
        "config = small_config(model='ngram')\n"
        "launch(RunRequest(config, small_corpus(), folder), Listener(), Control())\n"
        "load_model(open_run(folder))\n"
        "list_runs()\n"
        "assert 'torch' not in sys.modules\n"
    )
    tests = str(Path(__file__).parents[2])
    subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {tests!r})\n{program}", home / "r"],
        check=True,
    )


def test_a_counted_run_stops_between_the_pieces_of_its_work(home: Path) -> None:
    control = Control()
    control.stop()
    listener = Listener()
    config = small_config(model="ngram", order=3)
    document = launch(RunRequest(config, CORPUS, folder=home / "run"), listener, control)
    assert document["status"] == "stopped"
    assert open_run(home / "run").state == "stopped"
    again = launch(RunRequest(config, CORPUS, resume=home / "run"), Listener(), Control())
    assert again["status"] == "done"
    assert again["held_out"]["perplexity"] > 1


@pytest.mark.parametrize("name", ["1.keys", "2.counts", "parameters"])
def test_counts_that_do_not_fit_are_refused(home: Path, name: str) -> None:
    from safetensors import safe_open
    from safetensors.numpy import load_file, save_file

    run_of("ngram", home / "run")
    path = home / "run" / "last.safetensors"
    with safe_open(path, framework="np") as file:
        metadata = file.metadata()
    arrays = load_file(path)
    for wrong in (arrays[name][:0], arrays[name] - 100, arrays[name].astype(np.float32)):
        save_file({**arrays, name: wrong}, path, metadata)
        with pytest.raises(InputError, match=r"last\.safetensors"):
            load_model(open_run(home / "run"))


def test_runs_are_named_by_time_corpus_and_model_and_listed_newest_first(home: Path) -> None:
    names = [create_run(small_config(model=model), CORPUS).name for model in ("gru", "gru", "rnn")]
    assert len(set(names)) == 3
    assert all("-small-" in name for name in names)
    listed = [run.name for run in list_runs().runs]
    assert sorted(listed) == sorted(names)
    assert open_run(names[0]).path == runs_folder() / names[0]
    (runs_folder() / "broken").mkdir()
    (runs_folder() / "broken" / "run.json").write_text("{")
    (runs_folder() / "file").write_text("")
    found = list_runs()
    assert [run.name for run in found.runs] == listed
    assert [each.path.name for each in found.unreadable] == ["broken"]


def test_a_corpus_s_name_cannot_lead_out_of_the_folder(home: Path) -> None:
    from dataclasses import replace

    run = create_run(small_config(), replace(CORPUS, name="../../etc/\x1b[2J/" + "时" * 200))
    assert run.path.parent == runs_folder()
    assert run.path.name.isprintable()


def test_no_runs_are_no_error() -> None:
    assert list_runs().runs == []


def test_a_run_s_own_folder_must_be_new_or_empty(home: Path) -> None:
    (home / "empty").mkdir()
    create_run(small_config(), CORPUS, home / "empty")
    with pytest.raises(InputError, match=r"--run-dir .* holds a run; --resume"):
        create_run(small_config(), CORPUS, home / "empty")
    (home / "full").mkdir()
    (home / "full" / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match=r"--run-dir .* is not empty"):
        create_run(small_config(), CORPUS, home / "full")
    with pytest.raises(InputError, match="--run-dir "):
        create_run(small_config(), CORPUS, home / "full" / "thesis.txt" / "below")


@pytest.mark.parametrize("content", [None, "", "[]", "{", "{}", '{"format": 1}', "[" * 100_000])
def test_what_is_no_run_is_refused_in_one_line(home: Path, content: str | None) -> None:
    folder = home / "x"
    with pytest.raises(InputError, match="no such run"):
        open_run(folder)
    folder.mkdir()
    if content is not None:
        (folder / "run.json").write_text(content)
    with pytest.raises(InputError) as refused:
        open_run(folder)
    assert "\n" not in str(refused.value)
    assert str(folder) in str(refused.value)


def test_a_run_that_says_it_trains_while_nobody_writes_it_was_interrupted(home: Path) -> None:
    run = create_run(small_config(), CORPUS, home / "run")
    assert run.status == "running"
    assert run.state == "interrupted"


def test_the_corpus_of_a_run_is_found_again_from_anywhere(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = CORPUS.text.text
    (home / "small.txt").write_text(text)
    monkeypatch.chdir(home)
    run = create_run(small_config(), CORPUS, home / "file")
    monkeypatch.chdir("/")
    assert open_run(run.path).open_corpus().fingerprint == CORPUS.fingerprint
    (home / "small.txt").write_text(text + "more")
    with pytest.raises(InputError, match=r"small\.txt is not the text .* it has 3,004 tokens"):
        open_run(run.path).open_corpus()


def test_a_corpus_from_standard_input_is_kept_in_the_run(home: Path) -> None:
    from seqtui.corpora.corpus import CorpusOptions, build_corpus

    options = CorpusOptions(encoding="cp1252")
    corpus = build_corpus(Text("stdin", "caf\u00e9 时 \n" * 100, "cp1252", 1, None), options)
    config = small_config(corpus="-", corpus_options=options)
    run = create_run(config, corpus, home / "run")
    again = open_run(run.path).open_corpus()
    assert again.fingerprint == corpus.fingerprint


def test_other_paths_of_a_corpus_are_kept_absolute_and_names_as_they_are(home: Path) -> None:
    assert create_run(small_config(corpus="python-manual"), CORPUS).config.corpus == "python-manual"
    kept = create_run(small_config(corpus="./python-manual"), CORPUS).config.corpus
    assert kept == str(Path.cwd() / "python-manual")


def test_best_is_the_lowest_held_out_loss_and_last_the_end(home: Path) -> None:
    document, listener = run_of("gru", home / "run", learning_rate=0.3, steps=40)
    run = open_run(home / "run")
    part, options = CORPUS.split.held_out, CORPUS.options

    def loss(checkpoint: str) -> float:
        model = load_model(run, checkpoint)
        evaluation = evaluate_part(model, part, "held-out", run.vocabulary, options)
        assert isinstance(evaluation, Evaluation)
        return evaluation.loss

    losses = {event.step: event.evaluation.loss for event in listener.of(Evaluated)}
    assert min(losses.values()) == document["held_out"]["loss"]
    assert loss("best") == pytest.approx(document["held_out"]["loss"], abs=1e-6)
    assert loss("last") == pytest.approx(losses[40], abs=1e-6)
    (run.path / "best.safetensors").unlink()
    assert loss("best") == loss("last")


@pytest.mark.parametrize("model", ["ngram", "gru"])
def test_files_can_be_read_by_those_the_umask_lets(home: Path, model: str) -> None:
    before = os.umask(0o027)
    try:
        run_of(model, home / "run")
    finally:
        os.umask(before)
    modes = {file.name: file.stat().st_mode & 0o777 for file in (home / "run").iterdir()}
    assert set(modes.values()) == {0o640}, modes


def test_a_folder_that_was_moved_says_where_it_lies(home: Path) -> None:
    run_of("uniform", home / "run")
    (home / "run").rename(home / "moved")
    assert (open_run(home / "moved").document or {})["run"] == str(home / "moved")


def test_a_failure_before_the_run_stands_is_told(home: Path) -> None:
    listener = Listener()
    with pytest.raises(InputError):
        launch(
            RunRequest(small_config(device="cuda:99"), CORPUS, folder=home / "run"),
            listener,
            Control(),
        )
    assert "--device cuda:99" in listener.of(Failed)[0].message
    assert not (home / "run").exists()
