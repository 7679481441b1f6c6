"""Lists of runs show the same as `seqtui runs`."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_runs import small_config, small_corpus

from seqtui.engine.launch import launch
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.run import open_run
from seqtui.tui.widgets.run_dialog import held_out_perplexity


@pytest.mark.parametrize(
    ("smoothing", "cell"), [("mle", "∞"), ("stupid-back-off", "–"), ("add-k", "")]
)
def test_impossible_targets_are_infinite_and_scores_have_no_perplexity(
    smoothing: str, cell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQTUI_HOME", str(tmp_path))
    config = small_config(model="ngram", order=9, smoothing=smoothing)
    document = launch(RunRequest(config, small_corpus()), lambda event: None, Control())
    shown = held_out_perplexity(open_run(document["run"]))
    assert shown == cell if cell else float(shown) > 1
