"""Perplexities by hand, batches merged, and lengths of codes against plain counting."""

from __future__ import annotations

import bz2
import collections
import json
import lzma
import math
import zlib

import numpy as np
import pytest
from reference_data import reference_text
from small_runs import small_corpus

from seqtui.corpora.corpus import build_corpus
from seqtui.corpora.errors import Cancelled, InputError
from seqtui.corpora.options import CorpusOptions
from seqtui.corpora.reading import read_path
from seqtui.engine.labs.code_length import adaptive_add_one, adaptive_witten_bell, whole_bytes
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.perplexity import Settings, merge, run

CORPUS = small_corpus()


def test_a_perplexity_is_two_to_the_mean_bits() -> None:
    found = run(CORPUS, Settings(probabilities=".5 .25 12.5% 1/8"))
    assert found.bits == 2.25
    assert found.perplexity == pytest.approx(2 ** (9 / 4))
    assert run(CORPUS, Settings(probabilities="1 1")).perplexity == 1
    assert run(CORPUS, Settings(probabilities="1/28 1/28")).perplexity == pytest.approx(28)
    assert run(CORPUS, Settings(probabilities="1 0")).perplexity == math.inf
    digits = " ".join(["0.91"] * 9 + ["0.01"])
    assert run(CORPUS, Settings(probabilities=digits)).perplexity == pytest.approx(1.7252925497)


def test_batches_are_merged_by_their_targets() -> None:
    found = merge(((1, 2.0), (3, 1.0)))
    assert found.right == pytest.approx(math.exp(5 / 4))
    assert found.mean_of_means == pytest.approx(4.4816890703)
    assert found.mean_of_perplexities == pytest.approx(5.0536689636)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("probabilities", ""),
        ("probabilities", "2"),
        ("probabilities", "-1/2"),
        ("probabilities", "x"),
        ("probabilities", "1e999999999"),
        ("probabilities", ".5 " * 65),
        ("batches", ""),
        ("batches", "3"),
        ("batches", "0:1"),
        ("batches", "1:nan"),
        ("batches", "1:1e9"),
        ("batches", "9999999999999:1"),
    ],
)
def test_what_cannot_be_meant_is_refused(name: str, text: str) -> None:
    if (name, text) == ("batches", "9999999999999:1"):
        assert run(CORPUS, Settings(batches=text)).merged is not None  # cut, but a number
        return
    with pytest.raises(InputError):
        run(CORPUS, Settings(**{name: text}))


@pytest.mark.parametrize("order", [1, 2, 3])
def test_an_adaptive_code_counts_only_what_came_before(order: int) -> None:
    ids, size = CORPUS.ids.astype(np.int64)[:700], len(CORPUS.vocabulary)
    counted: collections.Counter[tuple[int, ...]] = collections.Counter()
    histories: collections.Counter[tuple[int, ...]] = collections.Counter()
    bits = 0.0
    for i, token in enumerate(ids.tolist()):
        history = tuple(ids[max(0, i - order + 1) : i].tolist())
        bits -= math.log2((counted[*history, token] + 1) / (histories[history] + size))
        counted[*history, token] += 1
        histories[history] += 1
    assert adaptive_add_one(ids, size, order) == pytest.approx(bits, rel=1e-12)


def test_an_adaptive_witten_bell_is_that_of_its_formula() -> None:
    ids, size = CORPUS.ids.astype(np.int64)[:500], len(CORPUS.vocabulary)
    followers: dict[tuple[int, ...], collections.Counter[int]] = collections.defaultdict(
        collections.Counter
    )
    bits = 0.0
    for i, token in enumerate(ids.tolist()):
        p = 1 / size
        for n in range(1, 4):
            seen = followers[n, *ids[max(0, i - n + 1) : i].tolist()]
            if seen:
                p = (seen[token] + len(seen) * p) / (seen.total() + len(seen))
        bits -= math.log2(p)
        for n in range(1, 4):
            followers[n, *ids[max(0, i - n + 1) : i].tolist()][token] += 1
    assert adaptive_witten_bell(ids, size, 3) == pytest.approx(bits, rel=1e-12)


def test_the_time_machine_in_bytes() -> None:
    text = read_path(reference_text("timemachine.txt"))
    corpus = build_corpus(text, CorpusOptions(cleaning="letters-joined"))
    whole = corpus.cleaned.text.encode()
    cut = len(whole) - corpus.split.held_out.characters
    held = {code.name: code for code in run(corpus, Settings(view="bytes", order=7)).codes}
    for name, compress in (
        ("zlib", lambda data: zlib.compress(data, 9)),
        ("bz2", lambda data: bz2.compress(data, 9)),
        ("xz", lambda data: lzma.compress(data, preset=9 | lzma.PRESET_EXTREME)),
    ):
        assert held[name].alone == len(compress(whole[cut:]))
        assert held[name].after == len(compress(whole)) - len(compress(whole[:cut]))
    assert held["uniform"].after == math.ceil(17_057 * math.log2(28) / 8)
    assert held["add-one 2"].after == pytest.approx(7_085, rel=3e-4)
    assert held["kneser-ney 7"].after == pytest.approx(4_403, rel=1e-3)
    fair = {code.name: code.alone for code in run(corpus, Settings(view="fair")).codes}
    assert [fair[f"add-one {n}"] for n in (1, 2, 3)] == [87_563, 71_654, 61_857]
    assert fair["witten-bell 5"] == 50_916
    assert fair["bz2"] == len(bz2.compress(whole, 9))


def test_it_can_be_cancelled_and_its_documents_are_json() -> None:
    with pytest.raises(Cancelled):
        run(CORPUS, Settings(view="fair"), lambda done, total: False)
    lab = LABS["perplexity"]
    for view in lab.views:
        document = lab.run(CORPUS, lab.settings(view=view, order=2)).document()
        assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert whole_bytes(9.0) == 2
