"""Losses by context, agreement by distance, and the bits of running text."""

from __future__ import annotations

import collections
import json
import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from small_runs import small_config, small_corpus

from seqtui.corpora.catalogue import open_text
from seqtui.corpora.corpus import Corpus, CorpusOptions, build_corpus
from seqtui.corpora.errors import Cancelled, InputError
from seqtui.corpora.progress import part_of
from seqtui.engine.labs.agreement import (
    ALPHABET,
    agreement_lines,
    agreement_pairs,
    contexts_of,
    learn,
    ngram_choice,
)
from seqtui.engine.labs.context_scoring import exactly, in_blocks, with_all
from seqtui.engine.labs.contexts import kneser_ney
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.memory import (
    DISTANCES,
    Choice,
    Figures,
    Settings,
    before_training,
    distances_of,
    stream,
)
from seqtui.engine.labs.task import tasks_of
from seqtui.engine.launch import launch
from seqtui.engine.networks.model import NeuralModel
from seqtui.engine.networks.recurrent import RecurrentNetwork
from seqtui.engine.protocol import LanguageModel
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.request import RunRequest

LAB = LABS["memory"]


def primer(name: str = "primer-en", **options: object) -> Corpus:
    return build_corpus(open_text(name), CorpusOptions(**options))  # type: ignore[arg-type]


def network(types: int, kind: str = "lstm") -> NeuralModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        module = RecurrentNetwork(kind, types, 16)
    with torch.no_grad():
        for weight in module.parameters():
            weight *= 4  # so that what is far back matters
    return NeuralModel(module, types)


def one_by_one(model: LanguageModel, ids: np.ndarray, at: int, c: int) -> float:
    return float(model.start(ids[at - c : at]).log_probs[ids[at]])


@pytest.mark.parametrize("order", [1, 2, 4])
@pytest.mark.parametrize("boundaries", ["stream", "line"])
def test_an_ngram_given_exactly_c_tokens_is_that_which_is_stepped(
    order: int, boundaries: str
) -> None:
    corpus = primer(boundaries=boundaries)
    model = kneser_ney(corpus, order)
    ids = corpus.split.held_out.ids[-400:]
    for c in (1, 2, 3, 8):
        found = exactly(model, ids, 100, c)
        assert len(found) == 300
        for at in range(100, 400, 7):
            if not math.isnan(found[at - 100]):
                expected = one_by_one(model, ids, at, c)
                assert found[at - 100] == pytest.approx(expected, abs=1e-9)
        if c >= order - 1:
            everything = with_all(model, ids, 100)
            np.testing.assert_allclose(found, everything, atol=1e-9)


@pytest.mark.parametrize("kind", ["rnn", "lstm"])
def test_a_network_sees_exactly_c_tokens_and_in_blocks_one_to_c(kind: str) -> None:
    corpus = primer()
    ids = corpus.split.held_out.ids[-330:]
    model = network(len(corpus.training_vocabulary), kind)
    for c in (1, 3, 8):
        exact, blocks = exactly(model, ids, 29, c), in_blocks(model, ids, 29, c)
        assert len(exact) == len(blocks) == 301
        for at in range(29, 330, 11):
            within = (at - 29) % c + 1
            assert exact[at - 29] == pytest.approx(one_by_one(model, ids, at, c), abs=1e-5)
            assert blocks[at - 29] == pytest.approx(one_by_one(model, ids, at, within), abs=1e-5)
    everything = with_all(model, ids, 29)
    assert everything[-1] == pytest.approx(one_by_one(model, ids, 329, 329), abs=1e-5)


def test_blocks_of_an_ngram_have_contexts_of_one_to_c_tokens() -> None:
    corpus = primer()
    model, ids = kneser_ney(corpus, 4), corpus.split.held_out.ids[-300:]
    for c in (1, 2, 5):
        found = in_blocks(model, ids, 50, c)
        for at in range(50, 300, 7):
            within = (at - 50) % c + 1
            assert found[at - 50] == pytest.approx(one_by_one(model, ids, at, within), abs=1e-9)


@pytest.mark.parametrize("name", ["primer-en", "primer-zh"])
def test_blocks_are_not_what_exactly_c_tokens_give(name: str) -> None:
    [curve] = LAB.run(primer(name), Settings(order=4)).curves  # type: ignore[attr-defined]
    assert curve.contexts == (1, 2, 3, 4, 8, 16, 32, 64)
    for c, exact, blocks in zip(curve.contexts, curve.exact, curve.blocks, strict=True):
        if c >= 3:
            assert exact == pytest.approx(curve.all, abs=1e-9)
        if c > 1:
            assert blocks > exact + 1e-3
    assert all(one > other for one, other in pairwise(curve.blocks))
    assert curve.grown[curve.contexts.index(3) :] == (curve.all,) * 6


def reference_choice(n: int, train: list[bytes], test: list[bytes]) -> float:
    """By counting all n-grams of a text in which everything is counted, fillers too."""
    text = b"\n" + b"".join(train)
    counts = collections.Counter(
        text[i : i + length] for length in range(1, n + 1) for i in range(len(text) - length + 1)
    )
    score = 0.0
    for line in test:
        read = b"\n" + line[:-2]
        for length in range(min(n - 1, len(read)), -1, -1):
            context = read[len(read) - length :]
            a, b = counts[context + b"a"], counts[context + b"b"]
            if a + b:
                break
        score += 0.5 if a == b else float((b"a" if a > b else b"b") == line[-2:-1])
    return score / len(test)


@pytest.mark.parametrize(("n", "distance"), [(1, 1), (3, 1), (4, 2), (6, 4), (8, 7), (9, 3)])
def test_ngrams_choose_as_a_count_of_everything_does(n: int, distance: int) -> None:
    train = agreement_lines(800, 1, 8, 100)
    test = agreement_pairs(50, distance, 999)
    assert ngram_choice(train, n, test) == reference_choice(n, train, test)


@pytest.mark.parametrize("distance", [1, 2, 4, 8])
def test_an_ngram_is_at_chance_exactly_until_it_sees_the_opener(distance: int) -> None:
    train = agreement_lines(20_000, 1, 16, 100)
    test = agreement_pairs(200, distance, 999)
    for n in range(1, distance + 2):
        assert ngram_choice(train, n, test) == 0.5
    if distance <= 2:
        assert ngram_choice(train, distance + 2, test) == 1.0


def test_with_mixed_distances_an_opener_that_is_seen_needs_enough_lines() -> None:
    train = agreement_lines(20_000, 1, 16, 100)
    # Reference figures of the same count on drawn lines: .96 and .5.
    assert ngram_choice(train, 10, agreement_pairs(500, 4, 999)) == pytest.approx(0.96, abs=0.03)
    assert ngram_choice(train, 10, agreement_pairs(500, 8, 999)) == pytest.approx(0.5, abs=0.06)
    assert contexts_of(8) == 131_072


def test_lines_agree_and_have_the_distances_that_were_asked_for() -> None:
    lines = agreement_lines(500, 2, 5, 1)
    assert {len(line) - 3 for line in lines} == {2, 3, 4, 5}
    assert all(line[:1].lower() == line[-2:-1] and line.endswith(b"\n") for line in lines)
    assert set(b"".join(lines)) == set(ALPHABET)


def test_ngrams_of_the_agreement_are_there_without_training() -> None:
    found = before_training(None, Settings(view="agreement", lines=2_000))
    first, second = found.ngrams
    assert first.right[:-1] == (0.5,) * (len(DISTANCES) - 1)
    assert second.right[:2] == (1.0, 1.0)
    assert second.right[-1] is None
    assert not found.networks
    assert LAB.trains(Settings(view="agreement"))
    assert not LAB.trains(Settings())


def test_a_network_learns_a_near_agreement_and_leaves_random_numbers_alone() -> None:
    before = torch.get_rng_state()
    train = agreement_lines(3_000, 2, 2, 100)
    *_rest, last = learn("gru", train, 150, 32, 0, (2,), math.inf)
    assert last.steps == 150
    assert last.right[0] > 0.95
    assert torch.equal(before, torch.get_rng_state())


def test_a_budget_ends_a_training_and_it_can_be_cancelled() -> None:
    train = agreement_lines(1_000, 2, 2, 100)
    clock = iter(range(100))
    found = list(learn("rnn", train, 600, 8, 0, (2,), 3.0, clock=lambda: float(next(clock))))
    assert [each.steps for each in found] == [4]
    with pytest.raises(Cancelled):
        list(stream(primer(), Settings(view="agreement"), lambda done, total: done < 3))


def test_the_xray_has_the_bits_of_each_context() -> None:
    corpus = primer()
    found = LAB.run(corpus, Settings(view="x-ray", order=4, place=40)).xray  # type: ignore[attr-defined]
    model, ids = kneser_ney(corpus, 4), corpus.split.held_out.ids
    first = len(ids) - 2_000 + 40
    names = corpus.training_vocabulary.tokens
    assert found.tokens == tuple(names[i] for i in ids[first : first + 320].tolist())
    for row, c in enumerate(found.contexts):
        expected = -one_by_one(model, ids, first + 5, c) / math.log(2)
        assert found.bits[row, 5] == pytest.approx(expected, abs=1e-9)
    for place, least in enumerate(found.shortest):
        near = [abs(bits - found.bits[-1, place]) <= 0.5 for bits in found.bits[:-1, place]]
        assert least == found.contexts[near.index(True)]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="train_from"):
        LAB.run(primer(), Settings(view="agreement", train_from=8, train_to=4))
    with pytest.raises(InputError, match="no-such-run"):
        LAB.run(primer(), Settings(model="no-such-run"))
    with pytest.raises(InputError, match="held out"):
        LAB.run(primer(held_out=0.001), Settings())


@pytest.mark.parametrize("view", ["context", "x-ray"])
def test_its_document_is_json(view: str) -> None:
    document = LAB.run(primer("primer-zh"), Settings(view=view)).document()
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_progress_of_the_parts_rises_to_the_whole() -> None:
    seen: list[float] = []

    def tell(done: int, total: int) -> bool:
        seen.append(done / total)
        return True

    for start in (0.0, 0.5):
        telling = part_of(tell, start, start + 0.5)
        assert telling is not None
        telling(1, 2)
        telling(2, 2)
    assert seen == [0.25, 0.5, 0.75, 1.0]
    assert part_of(None, 0, 1) is None


@pytest.mark.parametrize("model", ["gru", "transformer", "window-mlp", "ngram"])
def test_a_run_by_name_stands_beside_kneser_ney_on_the_same_targets(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQTUI_HOME", str(tmp_path))
    corpus = small_corpus()
    found = launch(
        RunRequest(small_config(model=model, order=4), corpus), lambda event: None, Control()
    )
    settings = Settings(model=Path(found["run"]).name, order=3, context=8, targets=100)
    one, rival = LAB.run(corpus, settings).curves  # type: ignore[attr-defined]
    assert (one.name, rival.name) == (settings.model, "kneser-ney 3")
    assert not one.grown
    assert all(map(math.isfinite, (*one.exact, *one.blocks, one.all)))
    places = [place for place, c in enumerate(one.contexts) if c > 1]
    assert any(one.exact[place] != one.blocks[place] for place in places)
    assert LAB.varies(settings)
    with pytest.raises(InputError, match="not the text"):
        LAB.run(primer(), settings)


@pytest.mark.parametrize(("right", "answer"), [((0.5, 1.0, 0.7), 2), ((1.0, 1.0, 0.5), None)])
def test_who_is_first_is_answered_from_ones_own_training(
    right: tuple[float, ...], answer: int | None
) -> None:
    task = next(task for task in tasks_of(LAB) if task.name == "memory.5")
    settings = Settings(view="agreement", train_from=24, train_to=24, seed=3)
    place = distances_of(settings).index(24)
    networks = tuple(
        Choice(kind, (0.5,) * place + (share,) + (0.5,) * (7 - place), 600)
        for kind, share in zip(("rnn", "gru", "lstm"), right, strict=True)
    )
    figures = Figures(settings, (), 0, (), networks, None, None, 1.0, trained=True)
    assert task.ask_of is not None
    assert task.ask_of(3, figures).answer == answer
    assert task.ask_of(2, figures).answer is None
    assert task.ask_of(3, replace(figures, trained=False)).answer is None
