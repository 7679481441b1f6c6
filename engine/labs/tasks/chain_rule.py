"""Tasks of the laboratory of the chain rule, on the twelve lines of the corpus `canteen`.

Everything is counted here in fractions, between `<s>` and `</s>`, independently of the models.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cache

from seqtui.corpora.catalogue import open_text
from seqtui.corpora.errors import UserMessage
from seqtui.engine.labs.task import Question, Task, Wrong

CORPUS = "canteen"
BEGIN, END = "<s>", "</s>"

SENTENCES = (
    "我 下课后 去了 自习室",
    "她 起床后 去了 自习室",
    "我 下课后 去了 篮球场",
    "他 午休时 去了 实验室",
    "我 起床后 去了 自习室",
    "我 下课后 回了 宿舍",
    "她 下课后 去了 篮球场",
    "我 起床后 去了 篮球场",
    "他 午休时 去了 食堂",
    "她 起床后 去了 食堂",
    "他 下课后 去了 实验室",
    "她 下课后 去了 食堂",
)
"""Not a line of the corpus, and yet every pair of their words is one of its pairs."""
PAIRS = (
    ("去了", "食堂"),
    ("去了", "自习室"),
    ("去了", "实验室"),
    ("去了", "篮球场"),
    ("下课后", "去了"),
    ("下课后", "回了"),
    ("他", "下课后"),
    ("她", "下课后"),
    ("我", "起床后"),
    ("她", "起床后"),
    ("他", "午休时"),
    ("我", "下课后"),
)
READINGS = tuple((n, k) for k in (0, 1) for n in (2, 3, 4))
"""Orders and what is added to every count."""


@cache
def lines() -> tuple[tuple[str, ...], ...]:
    """The words of each line of the corpus."""
    return tuple(tuple(line.split()) for line in open_text(CORPUS).text.splitlines())


@cache
def types() -> int:
    """Words that can follow: those of the corpus, and `</s>`."""
    return len({word for line in lines() for word in line}) + 1


def probability(sentence: str, n: int, k: int = 0, step: int = 1) -> Fraction:
    """P(W) of order n between `<s>` and `</s>`, k added to every count; step -1 from the end."""
    grams: Counter[tuple[str, ...]] = Counter()
    histories: Counter[tuple[str, ...]] = Counter()
    for line in lines():
        for gram in _grams(line[::step], n):
            grams[gram] += 1
            histories[gram[:-1]] += 1
    product = Fraction(1)
    for gram in _grams(tuple(sentence.split())[::step], n):
        below = histories[gram[:-1]] + k * types()
        product *= Fraction(grams[gram] + k, below) if below else Fraction(0)
    return product


def _grams(words: tuple[str, ...], n: int) -> list[tuple[str, ...]]:
    padded = (*[BEGIN] * (n - 1), *words, END)
    return [padded[i - n + 1 : i + 1] for i in range(n - 1, len(padded))]


def _bigram(sentence: str) -> Question:
    words = sentence.split()
    stream = [word for line in lines() for word in line]
    without_begin = probability(sentence, 2) / Fraction(
        sum(line[0] == words[0] for line in lines()), len(lines())
    )
    return Question(
        UserMessage(
            "corpus canteen, line by line, bigrams, maximum likelihood: P({sentence}) as a "
            "fraction",
            sentence=sentence,
        ),
        answer=probability(sentence, 2),
        wrong=(
            Wrong(
                Fraction(lines().count(tuple(words)), len(lines())),
                UserMessage("a sentence never seen has P = 0 only where n is its length"),
            ),
            Wrong(
                without_begin * Fraction(stream.count(words[0]), len(stream)),
                UserMessage("the first factor is P(w | <s>), counted at the beginnings of lines"),
            ),
        ),
        hint=UserMessage("five factors: the first after <s>, the last one </s>"),
    )


def _add_one(pair: tuple[str, str]) -> Question:
    history, word = pair
    bigrams = Counter(gram for line in lines() for gram in _grams(line, 2))
    count = bigrams[pair]
    of = sum(c for gram, c in bigrams.items() if gram[0] == history)
    return Question(
        UserMessage(
            "corpus canteen, bigrams with add-one, |V| = {types} (the words and </s>): "
            "P({word} | {history}) as a fraction; by maximum likelihood it is {count}/{of}",
            types=types(),
            word=word,
            history=history,
            count=count,
            of=of,
        ),
        answer=Fraction(count + 1, of + types()),
        wrong=(
            Wrong(Fraction(count, of), UserMessage("+1 is not small beside counts like these")),
            Wrong(
                Fraction(count + 1, of + 1),
                UserMessage("every word of V is given one more, not this one alone"),
            ),
        ),
        hint=UserMessage("(c(h w) + 1) / (c(h ·) + |V|)"),
    )


def _from_the_end(reading: tuple[int, int]) -> Question:
    n, k = reading
    sentence = "她 下课后 回了 宿舍"
    forward, backward = probability(sentence, n, k), probability(sentence, n, k, -1)
    right = 1 if forward == backward else 2 if backward < forward else 3
    reasons = {
        1: UserMessage("add-one meets other histories from the end once n is 3 or more"),
        2: UserMessage("maximum likelihood counts the same pieces from either end"),
        3: UserMessage("compare both products: the sentence console shows them (r reverses)"),
    }
    if right == 1:
        wrong = (Wrong(2, reasons[2]), Wrong(3, reasons[2]))
    else:
        wrong = (Wrong(1, reasons[1]), Wrong(5 - right, reasons[3]))
    return Question(
        UserMessage(
            "corpus canteen, line by line, n = {n}, {k} added to every count: "
            "P({sentence}) read from the end is",
            n=n,
            k=k,
            sentence=sentence,
        ),
        answer=right,
        choices=(
            UserMessage("the same"),
            UserMessage("smaller"),
            UserMessage("larger"),
        ),
        wrong=wrong,
        hint=UserMessage("the chain rule holds in both directions; an estimate need not"),
    )


def _without_end(length: int) -> Question:
    return Question(
        UserMessage(
            "a bigram model WITHOUT </s>: what do the probabilities of all sentences of exactly "
            "{length} words sum to?",
            length=length,
        ),
        answer=1,
        wrong=(
            Wrong(0, UserMessage("every factor sums to 1 over its next word")),
            Wrong(
                Fraction(1, length),
                UserMessage("nothing shares the mass between lengths: that is what </s> is for"),
            ),
        ),
        hint=UserMessage("sum over the last word first"),
    )


TASKS = (
    Task("chain-rule.1", SENTENCES, _bigram),
    Task("chain-rule.2", PAIRS, _add_one),
    Task("chain-rule.3", READINGS, _from_the_end),
    Task("chain-rule.4", tuple(range(2, 8)), _without_end),
)
