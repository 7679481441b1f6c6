"""Both recurrent networks on the same steps: equal to rounding, repeatable, cancellable."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from small_runs import small_corpus

from seqtui.corpora.errors import Cancelled, InputError
from seqtui.engine.labs import rnn_twins
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.rnn_twins import Settings, run, settings_like
from seqtui.engine.labs.settings import settings_of
from seqtui.engine.settings.run_config import RunConfig

CORPUS = small_corpus()
SMALL = Settings(hidden=8, batch_size=4, window=10, steps=4)


def test_both_networks_learn_alike_to_rounding() -> None:
    found = run(CORPUS, Settings(hidden=64, batch_size=8, window=20))
    assert [step.step for step in found.steps] == list(range(1, Settings().steps + 1))
    types = len(CORPUS.training_vocabulary)
    assert found.steps[0].scratch_loss == pytest.approx(np.log(types), abs=0.01)
    assert found.steps[-1].scratch_loss != found.steps[0].scratch_loss  # the weights were changed
    for step in found.steps:
        assert step.fast_loss == pytest.approx(step.scratch_loss, abs=1e-5)
    assert 0 <= found.largest_logits <= 1e-5
    assert 0 <= found.largest_gradients <= 1e-5
    assert found.scratch_seconds > 0
    assert found.speed_up == found.scratch_seconds / found.fast_seconds


def test_a_network_that_differs_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(rnn_twins.FastRNN):
        def forward(
            self, ids: torch.Tensor, state: torch.Tensor | None = None
        ) -> tuple[torch.Tensor, torch.Tensor]:
            logits, state = super().forward(ids, state)
            return logits * 1.01, state

    monkeypatch.setattr(rnn_twins, "FastRNN", Other)
    found = run(CORPUS, SMALL)
    assert found.largest_gradients > 1e-5
    assert found.largest_logits > 1e-5


def test_it_is_repeatable_and_draws_nothing() -> None:
    before = torch.get_rng_state()
    one, other = (run(CORPUS, SMALL) for _ in range(2))
    assert one.steps == other.steps
    assert torch.equal(before, torch.get_rng_state())


def test_its_document_holds_every_figure() -> None:
    lab = LABS["rnn-twins"]
    found = lab.run(CORPUS, SMALL)
    document = json.loads(json.dumps(found.document()))
    assert list(document) == [
        *("lab", "figures", "formula", "parameters", "seed", "corpus", "seconds"),
    ]
    assert document["lab"] == lab.name
    assert lab.settings(**document["parameters"]) == SMALL
    assert document["corpus"] == CORPUS.fingerprint
    assert [step["step"] for step in document["figures"]["steps"]] == [1, 2, 3, 4]


def test_it_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        run(CORPUS, SMALL, lambda done, total: done < 2)


def test_a_text_too_short_is_refused() -> None:
    with pytest.raises(InputError, match="--batch-size 1024"):
        run(CORPUS, replace(SMALL, batch_size=1_024))


@pytest.mark.parametrize("name", ["hidden", "batch_size", "window", "steps"])
def test_a_size_beyond_its_limit_is_refused(name: str) -> None:
    for value in (0, int(settings_of(Settings)[name].high or 0) + 1):
        with pytest.raises(
            InputError, match=f"{name}={value}: choose a whole number from 1 to"
        ) as refused:
            run(CORPUS, replace(SMALL, **{name: value}))
        assert refused.value.option == name


def test_the_sizes_of_a_run_are_taken_within_the_limits() -> None:
    large = RunConfig("book", hidden=4_096, batch_size=7, window=512)
    taken = asdict(settings_like(large))
    assert (taken["hidden"], taken["batch_size"], taken["window"]) == (512, 7, 64)
