"""Tasks of the laboratory of memory: counted on built-in texts, or closed forms.

The last is answered from the student's own training, and asks for no more than who is first.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from seqtui.corpora.catalogue import open_text
from seqtui.corpora.corpus import Corpus, CorpusOptions, build_corpus
from seqtui.corpora.errors import UserMessage
from seqtui.engine.labs.agreement import contexts_of
from seqtui.engine.labs.contexts import Curve, curve_of, kneser_ney, least_of
from seqtui.engine.labs.memory import KINDS, Figures, Settings, distances_of
from seqtui.engine.labs.task import Question, Task, Wrong

GAP_TOLERANCE = 0.02
"""Nats."""
FAR = 24
"""Where an RNN no longer learns the agreement in the steps there are."""


@cache
def _corpus(name: str) -> Corpus:
    return build_corpus(open_text(name), CorpusOptions())


@cache
def _curve(name: str, order: int) -> Curve:
    """Of Kneser-Ney on a built-in text, as the view of contexts has it with its settings."""
    corpus, usual = _corpus(name), Settings()
    model = kneser_ney(corpus, order)
    return curve_of(corpus, model, name, usual.targets, usual.context)


def _least_context(values: tuple[str, int]) -> Question:
    name, order = values
    curve = _curve(name, order)
    answer = curve.least
    assert answer is not None
    in_blocks = least_of(curve.contexts, curve.blocks, curve.all) or curve.contexts[-1]
    wrong = (
        Wrong(
            curve.contexts[-1],
            UserMessage("a model with n-1 tokens of context cannot use more of them"),
        ),
        Wrong(order, UserMessage("n counts the predicted token too: its context is n-1 at most")),
        Wrong(in_blocks, UserMessage("that is read from the blocks, whose contexts are shorter")),
    )
    return Question(
        UserMessage(
            "{corpus}, Kneser-Ney of order {order}: the least c at which exactly c tokens are "
            "within .01 nats of all the past",
            corpus=name,
            order=order,
        ),
        answer=answer,
        wrong=_apart(answer, wrong),
        hint=UserMessage("the row of exactly c, against its last column"),
    )


def _least_order(distance: int) -> Question:
    answer = distance + 2
    return Question(
        UserMessage(
            "{distance} fillers stand between an opener and the closer that agrees with it: the "
            "least n of an n-gram that can do better than chance on the closer",
            distance=distance,
        ),
        answer=answer,
        wrong=(
            Wrong(distance + 1, UserMessage("its n-1 tokens are then fillers, all of them")),
            Wrong(distance, UserMessage("an n-gram sees n-1 tokens, not n, before the next")),
        ),
        hint=UserMessage("opener, fillers and closer must fit into the n tokens"),
    )


def _contexts(distance: int) -> Question:
    answer = contexts_of(distance)
    return Question(
        UserMessage(
            "two openers, {distance} fillers of four kinds: how many different contexts must an "
            "n-gram with n = {order} have seen to know every closer?",
            distance=distance,
            order=distance + 2,
        ),
        answer=answer,
        wrong=(
            Wrong(4**distance, UserMessage("the opener doubles them: there are A and B")),
            Wrong(8 * distance, UserMessage("choices multiply from place to place, not add")),
        ),
        hint=UserMessage("2 openers, then 4 possibilities at each of d places"),
    )


def _gap(values: tuple[str, int, int]) -> Question:
    name, order, c = values
    curve = _curve(name, order)
    place = curve.contexts.index(c)
    gap = curve.blocks[place] - curve.exact[place]
    return Question(
        UserMessage(
            "{corpus}, Kneser-Ney of order {order}, 2,000 targets: by how many nats is the loss in "
            "blocks of {c} above that with exactly {c} tokens?",
            corpus=name,
            order=order,
            c=c,
        ),
        answer=gap,
        tolerance=GAP_TOLERANCE,
        wrong=(
            Wrong(0.0, UserMessage("a block's first targets have 1, 2, … tokens, not c")),
            Wrong(-gap, UserMessage("less context cannot help here: blocks are worse")),
        ),
        hint=UserMessage("subtract the rows of the table in the column of c"),
    )


def _first(seed: int) -> Question:
    return Question(
        UserMessage(
            "train at d = {distance} alone with seed {seed}: which network chooses the closer best "
            "at that distance?",
            distance=FAR,
            seed=seed,
        ),
        answer=None,
        choices=(UserMessage("the RNN"), UserMessage("the GRU"), UserMessage("the LSTM")),
        hint=UserMessage("view agreement, train from {d} and train to {d}, then space", d=FAR),
    )


def _first_of(seed: int, figures: Figures) -> Question:
    question, settings = _first(seed), figures.settings
    chosen = (settings.train_from, settings.train_to, settings.seed)
    if not figures.trained or chosen != (FAR, FAR, seed):
        return question
    place = distances_of(settings).index(FAR)
    right = [each.right[place] or 0.0 for each in figures.networks]
    best = max(right)
    if right.count(best) > 1:  # nobody is first
        return question
    reason = UserMessage("gates are no guarantee: in so few steps it learned less than another")
    return replace(
        question,
        answer=1 + right.index(best),
        wrong=tuple(
            Wrong(number, reason)
            for number in range(1, len(KINDS) + 1)
            if number != 1 + right.index(best)
        ),
    )


def _apart(answer: int, wrong: tuple[Wrong, ...]) -> tuple[Wrong, ...]:
    """The wrong answers that differ from the right one and from one another."""
    found: dict[object, Wrong] = {}
    for each in wrong:
        if each.value != answer:
            found.setdefault(each.value, each)
    return tuple(found.values())


TASKS = (
    Task(
        "memory.1",
        tuple((name, order) for name in ("primer-en", "primer-zh") for order in range(3, 9)),
        _least_context,
    ),
    Task("memory.2", tuple(range(3, 21)), _least_order),
    Task("memory.3", tuple(range(3, 11)), _contexts),
    Task(
        "memory.4",
        tuple(("primer-en", order, c) for order in (3, 4, 5, 6) for c in (2, 4, 8)),
        _gap,
    ),
    Task("memory.5", tuple(range(6)), _first, _first_of),
)
