"""Tasks of the laboratory of learning by heart.

Three are answered from the student's own training: on another machine its figures differ in their
last digits, so they ask for a place within a band, for a ratio and for an order of magnitude. The
fourth is counted on the built-in `primer-en`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from seqtui.corpora.catalogue import open_text
from seqtui.corpora.corpus import CorpusOptions, build_corpus
from seqtui.corpora.errors import UserMessage
from seqtui.engine.evaluation import perplexity_of
from seqtui.engine.labs.heart import SAMPLE_TOKENS, Figures, copied_span
from seqtui.engine.labs.learner import beginning_of
from seqtui.engine.labs.task import FARTHEST, Question, Task, Wrong
from seqtui.engine.ngrams.suffixes import build_suffix_array

CORPUS = "primer-en"
NEAR, TWICE, TENFOLD = 1.05, 2.0, 10.0
"""Borders between the answers to how far the last perplexity is above the best."""
RATIO_TOLERANCE = 0.03
"""Of the ratio itself."""
LENGTHS = (1_200, 1_500, 2_200, 3_200, 3_400, 3_800, 4_900, 5_800, 8_000, 11_600, 11_900, 13_300)
"""Training parts whose longest shared spans differ from most of their neighbours'."""


def _best_epoch(seed: int) -> Question:
    return Question(
        UserMessage(
            "train with seed {seed} until the held-out curve has turned upwards: at which epoch "
            "was the held-out perplexity lowest?",
            seed=seed,
        ),
        answer=None,
        hint=UserMessage("the ★ on the held-out curve, and the epoch beside it in the table"),
    )


def _best_epoch_of(seed: int, figures: Figures) -> Question:
    question, best, last = _best_epoch(seed), figures.best, figures.last
    if not figures.complete or figures.settings.seed != seed or best is None or last is None:
        return question
    if best is last:  # it has not turned yet
        return question
    more = UserMessage("more training is not better: the last epoch is not the best one")
    return _with_wrong(
        replace(question, answer=best.epoch, tolerance=float(figures.interval)),
        Wrong(last.epoch, more),
    )


def _against_guessing(seed: int) -> Question:
    return Question(
        UserMessage(
            "train with seed {seed}: the held-out perplexity of the LAST weights, divided by that "
            "of guessing; above 1 the network is worse than one that has learned nothing",
            seed=seed,
        ),
        answer=None,
        hint=UserMessage("guessing has perplexity |V|, the line across the picture"),
    )


def _against_guessing_of(seed: int, figures: Figures) -> Question:
    question, best, last = _against_guessing(seed), figures.best, figures.last
    if not figures.complete or figures.settings.seed != seed or best is None or last is None:
        return question
    assert last.held_out is not None
    assert best.held_out is not None
    size = figures.vocabulary_size
    answer = perplexity_of(last.held_out) / size
    wrong = [
        Wrong(
            perplexity_of(best.held_out) / size,
            UserMessage("that is the best epoch's; the weights you end with are the last"),
        )
    ]
    if last.train is not None:
        reason = UserMessage("a training perplexity near 1 says nothing about new text")
        wrong.append(Wrong(perplexity_of(last.train) / size, reason))
    return _with_wrong(replace(question, answer=answer, tolerance=RATIO_TOLERANCE * answer), *wrong)


def _size(values: tuple[int, int]) -> Question:
    tokens, epochs = values
    return Question(
        UserMessage(
            "train on {tokens:,} tokens for {epochs} epochs: how far is the last held-out "
            "perplexity above the best?",
            tokens=tokens,
            epochs=epochs,
        ),
        answer=None,
        choices=(
            UserMessage("within 5 %: nothing is learned by heart yet"),
            UserMessage("more than 5 %, up to twice as high"),
            UserMessage("two to ten times as high"),
            UserMessage("more than ten times as high"),
        ),
        hint=UserMessage(
            "a network that has read each token more often, and has fewer of them, knows more by "
            "heart"
        ),
    )


def _size_of(values: tuple[int, int], figures: Figures) -> Question:
    question, (tokens, epochs) = _size(values), values
    settings, best, last = figures.settings, figures.best, figures.last
    if not figures.complete or (figures.train_tokens, settings.epochs) != (tokens, epochs):
        return question
    if best is None or last is None or best.held_out is None or last.held_out is None:
        return question
    ratio = perplexity_of(last.held_out) / perplexity_of(best.held_out)
    answer = 1 + sum(ratio > border for border in (NEAR, TWICE, TENFOLD))
    less = UserMessage("compare last with best, both held out; the training curve always falls")
    more = UserMessage("more text is a cure: the more of it, the less is learned by heart")
    wrong = [Wrong(each, less if each < answer else more) for each in range(1, 5)]
    return replace(
        question, answer=answer, wrong=tuple(each for each in wrong if each.value != answer)
    )


def _control(tokens: int) -> Question:
    span = _control_span(tokens)
    return Question(
        UserMessage(
            "{corpus}, characters, no cleaning: the first {tokens:,} are the training text, half "
            "as many after them are new. How long is the longest span of the new text that is in "
            "the training text too?",
            corpus=CORPUS,
            tokens=tokens,
        ),
        answer=span,
        wrong=(
            Wrong(0, UserMessage("new text is not new in all its parts: it shares words, phrases")),
            Wrong(1, UserMessage("that is one character; whole phrases come again")),
            Wrong(SAMPLE_TOKENS, UserMessage("that is the length of a sample")),
        ),
        hint=UserMessage("set tokens, start the training: the control is there before it ends"),
    )


@cache
def _control_span(tokens: int) -> int:
    """Characters, counted as the laboratory counts them."""
    corpus = build_corpus(open_text(CORPUS), CorpusOptions())
    part = beginning_of(corpus, tokens, tokens // 2)
    train, held_out = part.split.train.ids, part.split.held_out.ids
    suffixes = build_suffix_array(train, len(part.training_vocabulary))
    return copied_span(suffixes, held_out)[1]


def _with_wrong(question: Question, *wrong: Wrong) -> Question:
    """The question with the wrong answers that lie apart from the right one in these figures."""
    answer, reach = question.answer, FARTHEST * question.tolerance
    assert isinstance(answer, int | float)
    apart = [
        each
        for each in wrong
        if isinstance(each.value, int | float) and abs(each.value - answer) > reach * (1 + 1e-6)
    ]
    return replace(question, wrong=tuple(apart))


TASKS = (
    Task("heart.1", tuple(range(10)), _best_epoch, _best_epoch_of),
    Task("heart.2", tuple(range(10)), _against_guessing, _against_guessing_of),
    Task(
        "heart.3",
        ((2_000, 100), (2_000, 200), (5_000, 100), (5_000, 200), (10_000, 50), (20_000, 50)),
        _size,
        _size_of,
    ),
    Task("heart.4", LENGTHS, _control),
)
