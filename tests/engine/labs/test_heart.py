"""Best and last apart, the steps of a run, and copied spans beside their control."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from heart_figures import figures_with
from reference_data import reference_text
from small_runs import CPU, small_config, small_corpus
from wrong_answers import too_near

from seqtui.corpora.catalogue import open_text
from seqtui.corpora.corpus import CorpusOptions, build_corpus, encode_text
from seqtui.corpora.errors import Cancelled, InputError
from seqtui.engine.evaluation import perplexity_of
from seqtui.engine.labs.heart import (
    BEST,
    LAST,
    Settings,
    config_of,
    copied_of,
    copied_span,
    divided,
    pieces_of,
    stream,
)
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.learner import Learner, beginning_of
from seqtui.engine.labs.task import judge, shown, tasks_of
from seqtui.engine.ngrams.suffixes import build_suffix_array
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.events import Evaluated, Event
from seqtui.engine.training.loop import train

SMALL = Settings(tokens=1_200, epochs=3, hidden=16)


def test_the_first_tokens_train_and_those_after_them_are_held_out() -> None:
    corpus = small_corpus(3_000)
    for tokens in (1_200, 1_201, 1_777):
        part = beginning_of(corpus, tokens, tokens // 2)
        text = "".join(part.training_vocabulary.tokens[i] for i in part.split.train.ids)
        assert text == corpus.cleaned.text[:tokens]
        assert len(part.split.held_out.ids) == part.split.held_out.characters == tokens // 2
    with pytest.raises(InputError, match="more than the 3,000 of the text"):
        beginning_of(corpus, 2_001, 1_000)


def test_words_are_cut_off_as_characters_are() -> None:
    corpus = build_corpus(open_text("primer-en"), CorpusOptions(tokenizer="word"))
    part = beginning_of(corpus, 2_000, 1_000)
    assert (part.training_tokens, part.held_out_tokens) == (2_000, 1_000)
    assert part.stream.tokens(0, 3_000) == corpus.stream.tokens(0, 3_000)


def test_it_takes_the_steps_of_a_run_and_leaves_random_numbers_alone() -> None:
    corpus = small_corpus(1_500)
    config = small_config(steps=None, epochs=3, dropout=0.2, evaluate_every=1)
    events: list[Event] = []
    train(config, corpus, None, events.append, Control(), CPU)
    by_step = {each.step: each.evaluation.loss for each in events if isinstance(each, Evaluated)}
    torch.manual_seed(7)
    before = torch.get_rng_state()
    learner = Learner(corpus, config)
    points = list(learner.learn(1))[-1]
    assert torch.equal(before, torch.get_rng_state())
    assert [point.epoch for point in points] == [0, 1, 2, 3]
    assert points[-1].held_out == by_step[max(by_step)]
    assert {point.held_out for point in points[1:]} <= set(by_step.values())
    assert learner.ended == "epochs"


def test_what_is_learned_by_heart_is_copied_and_worse_on_new_text() -> None:
    text = open_text("primer-en")
    corpus = beginning_of(build_corpus(text, CorpusOptions()), 600, 300)
    config = small_config(
        steps=None, epochs=120, batch_size=4, window=20, hidden=48, learning_rate=0.01
    )
    learner = Learner(corpus, config)
    points = list(learner.learn(10))[-1]
    held_out = [point.held_out for point in points if point.held_out is not None]
    assert learner.trend is not None
    assert learner.trend.kind == "overfitting"
    assert points[-1].train is not None
    assert perplexity_of(points[-1].train) < 1.5
    assert min(held_out) < held_out[-1]
    suffixes = build_suffix_array(corpus.split.train.ids, len(corpus.training_vocabulary))
    found = list(copied_of(learner, suffixes))
    longest = {
        weights: max(each.length for each in found if each.weights == weights)
        for weights in (BEST, LAST)
    }
    assert longest[LAST] > longest[BEST]
    read = corpus.cleaned.text[:600]
    assert all(each.text in read and len(each.text) == each.length for each in found)


def test_the_control_is_the_longest_span_that_new_text_shares() -> None:
    found = list(stream(small_corpus(), SMALL))
    text = small_corpus().cleaned.text
    train_text, new = text[:1_200], text[1_200:1_800]

    assert found[0].control == longest_shared(train_text, new)
    ids = np.arange(1_100)
    assert [len(piece) for piece in pieces_of(ids)] == [500] * 3
    assert found[0].control_pieces[0] == longest_shared(train_text, new[:500])


def test_figures_come_while_it_trains_and_the_last_are_complete() -> None:
    found = list(stream(small_corpus(), SMALL))
    assert [each.complete for each in found] == [False] * (len(found) - 1) + [True]
    assert [each.points[-1].epoch for each in found] == [0, 1, 2, 3, 3]
    last = found[-1]
    assert last.best is not None
    assert last.last is not None
    assert last.best.held_out is not None
    assert last.best.held_out <= (last.last.held_out or 0)
    assert [(each.weights, each.seed) for each in last.copied] == [
        (weights, seed) for weights in (BEST, LAST) for seed in (0, 1, 2)
    ]
    document = last.document()
    assert json.loads(json.dumps(document, allow_nan=False)) == json.loads(json.dumps(document))
    assert document["figures"]["last"]["held_out"] == perplexity_of(last.last.held_out or 0)


def test_a_budget_ends_it_and_it_can_be_cancelled() -> None:
    clock = iter(range(100))
    config = small_config(steps=None, epochs=50)
    learner = Learner(small_corpus(), config, deadline=3.0, clock=lambda: float(next(clock)))
    points = list(learner.learn(10))[-1]
    assert learner.ended == "seconds"
    assert points[-1].epoch == 4
    assert points[-1].held_out is not None
    with pytest.raises(Cancelled):
        list(stream(small_corpus(), SMALL, lambda done, total: done < 1))


def test_the_networks_are_the_lectures() -> None:
    config = config_of(Settings(), "timemachine")
    chosen = (config.optimizer, config.learning_rate, config.clip_norm, config.batch_size)
    assert chosen == ("sgd", 1.0, 1.0, 32)
    assert (config.window, config.model, config.hidden, config.epochs) == (35, "rnn", 256, 500)


def test_tasks_are_answered_from_ones_own_figures() -> None:
    epoch, ratio, size, _control = tasks_of(LABS["heart"])
    figures = figures_with(28.0, 9.29, 20.0, 68.4)
    for task, variant, answer, wrong in (
        (epoch, 3, "10", "25"),
        (ratio, 3, f"{68.4 / 28:.3f}", f"{9.29 / 28:.3f}"),
        (size, (10_000, 500), "3", "1"),
    ):
        assert task.ask_of is not None
        question = task.ask_of(variant, figures)
        assert judge(question, answer).right
        assert not judge(question, wrong).right
        assert too_near(question) == []
        for each in question.wrong:
            assert judge(question, shown(each.value)).misconception is each.misconception
    assert epoch.ask_of is not None
    assert not epoch.ask_of(4, figures).answerable  # of another seed
    assert not epoch.ask_of(3, replace(figures, copied=(), ended="")).answerable
    assert not epoch.ask_of(3, figures_with(28.0, 20.0, 9.0)).answerable  # not turned yet


@pytest.mark.parametrize(("last", "answer"), [(9.3, 1), (15.0, 2), (68.4, 3), (99.0, 4)])
def test_how_far_the_last_is_above_the_best_is_an_order_of_magnitude(
    last: float, answer: int
) -> None:
    size = tasks_of(LABS["heart"])[2]
    assert size.ask_of is not None
    question = size.ask_of((10_000, 500), figures_with(28.0, 9.29, last))
    assert question.answer == answer
    assert {each.value for each in question.wrong} == {1, 2, 3, 4} - {answer}


def longest_shared(train_text: str, new: str) -> int:
    """By trying: characters of the longest span of a text that another has."""
    length = 0
    for start in range(len(new)):
        while start + length < len(new) and new[start : start + length + 1] in train_text:
            length += 1
    return length


def test_on_the_lectures_text_new_text_of_the_same_book_shares_whole_phrases() -> None:
    text = open_text(str(reference_text("timemachine.txt")))
    corpus = build_corpus(text, CorpusOptions(cleaning="d2l-zh"))
    part = beginning_of(corpus, 10_000, 5_000)
    assert len(part.training_vocabulary) == 28
    suffixes = build_suffix_array(part.split.train.ids, 28)
    whole = corpus.cleaned.text
    assert copied_span(suffixes, part.split.held_out.ids)[1] == 26
    assert longest_shared(whole[:10_000], whole[10_000:15_000]) == 26
    ids = encode_text(whole[-17_058:], corpus.options, part.training_vocabulary).ids
    assert copied_span(suffixes, ids)[1] == 23  # of the book's last tenth
    assert longest_shared(whole[:10_000], whole[-17_058:]) == 23


@pytest.mark.parametrize(
    ("tokens", "wanted", "parts"),
    [
        (170_580, 10_000, (10_000, 5_000)),
        (170_580, 150_000, (150_000, 10_000)),
        (15_000, 10_000, (10_000, 5_000)),
        (9_425, 10_000, (6_283, 3_141)),
        (41_000, 50_000, (31_000, 10_000)),
    ],
)
def test_a_text_that_is_too_short_is_divided(
    tokens: int, wanted: int, parts: tuple[int, int]
) -> None:
    assert divided(tokens, wanted) == parts
    assert sum(parts) <= tokens


def test_a_text_without_one_batch_is_refused() -> None:
    with pytest.raises(InputError, match="one batch needs"):
        next(stream(small_corpus(600), Settings(hidden=8)))
