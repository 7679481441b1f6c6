"""How quick and how exact the n-gram models are, side by side with their peers in one run.

    python tests/benchmarks/ngrams.py [--words N] [--rounds N] [--lmplz PATH] [--slice N]

prints the tables the README quotes, over a seeded synthetic text of N words (Zipf's law, and some
order between neighbours):

- modified Kneser-Ney of order 5, from the text to a saved model, as whole processes taken in turns:
  `seqtui train`, and KenLM's `lmplz` if `--lmplz` names it; seconds and peak memory of each, and
  how far their models are apart;
- scoring a million tokens;
- Laplace and interpolated Kneser-Ney of order 3 on a slice of the text, beside NLTK if it is there.

KenLM and NLTK are peers to measure against, never dependencies. Run it with nothing else running.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seqtui.corpora.corpus import CorpusOptions, build_corpus, encode_text
from seqtui.corpora.reading import Text
from seqtui.engine.held_out import evaluate_part
from seqtui.engine.ngrams.arpa_reading import read_arpa
from seqtui.engine.ngrams.backoff import BackoffModel, Boundaries
from seqtui.engine.ngrams.model import NgramModel

TYPES = 110_000
ORDER = 5
SCORED = 1_000_000
NLTK_ORDER = 3
NLTK_SCORED = 2_000
"""Words scored by NLTK, which needs about a millisecond for each."""


def synthetic_lines(words: int) -> list[str]:
    """Lines of 4 to 29 words; every other word follows one of three that its neighbour chooses."""
    rng = np.random.default_rng(0)
    law = 1 / np.arange(1, TYPES + 1)
    law /= law.sum()
    successors = rng.choice(TYPES, size=(TYPES, 3), p=law)
    ids = rng.choice(TYPES, size=words, p=law)
    chosen = rng.integers(0, 3, size=words)
    follows = np.flatnonzero(rng.random(words) < 0.55)
    for place in follows[follows > 0]:
        ids[place] = successors[ids[place - 1], chosen[place]]
    names = np.array([f"w{number:x}" for number in range(TYPES)])
    ends = np.cumsum(rng.integers(4, 30, size=words // 4))
    text = names[ids]
    return [" ".join(line) for line in np.split(text, ends[ends < words])]


@dataclass(frozen=True, slots=True)
class Measured:
    """A process that has ended."""

    seconds: float
    megabytes: float
    """Its largest resident set."""


def measured(command: list[str], stdin: Path | None = None) -> Measured:
    """Run a command to its end. Raises CalledProcessError if it fails."""
    start = time.perf_counter()
    with open(stdin or os.devnull, "rb") as file:
        process = subprocess.Popen(
            command, stdin=file, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    if code:
        raise subprocess.CalledProcessError(code, command)
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Measured(seconds, usage.ru_maxrss / unit)


def compare_processes(text: Path, lmplz: str | None, rounds: int) -> None:
    """From a text to a saved model, in turns."""
    folder = text.parent
    ours: list[Measured] = []
    theirs: list[Measured] = []
    options = ["--tokenizer", "word", "--boundaries", "line", "--order", str(ORDER)]
    for number in range(rounds):
        run = ["--held-out", "0", "--model", "ngram", "--smoothing", "modified-kneser-ney"]
        where = ["--run-dir", str(folder / f"run-{number}")]
        program = [sys.executable, "-m", "seqtui.tui.main", "train", str(text)]
        ours.append(measured([*program, *options, *run, *where]))
        if lmplz is not None:
            target = ["--discount_fallback", "--arpa", str(folder / "lmplz.arpa")]
            build = [lmplz, "-o", str(ORDER), "-S", "2G", "-T", str(folder), *target]
            theirs.append(measured(build, text))
    print(f"\n| text to saved model, order {ORDER}, whole process | seconds | peak MB |")
    print("| --- | --- | --- |")
    for name, runs in (("seqtui train --model ngram", ours), ("KenLM lmplz (to ARPA)", theirs)):
        if runs:
            seconds = statistics.median(each.seconds for each in runs)
            print(f"| {name} | {seconds:.2f} | {max(each.megabytes for each in runs):,.0f} |")


def compare_models(lines: list[str], lmplz_arpa: Path) -> None:
    """How far our model and an ARPA file of the same lines are apart."""
    model, tokens = fit_lines(lines)
    theirs = read_arpa(lmplz_arpa)
    ids = {token: id_ for id_, token in enumerate(theirs.tokens)}
    names = np.array([ids[token] for token in tokens])
    worst_probability = worst_weight = 0.0
    for level in range(ORDER):
        grams = grams_of(model, level)
        rows = rows_in(theirs.model, names[grams])
        assert (rows >= 0).all(), "the same n-grams on both sides"
        predicted = model.table.log_probs[level] > -np.inf  # all but `<s>`
        ours = model.table.log_probs[level][predicted]
        apart = np.abs(ours - theirs.model.table.log_probs[level][rows[predicted]])
        worst_probability = max(worst_probability, float(apart.max()))
        if level + 1 < ORDER:
            left = model.table.log_left[level + 1]
            apart = np.abs(left - theirs.model.table.log_left[level + 1][rows])
            worst_weight = max(worst_weight, float(apart.max()))
    print(f"\nWorst difference to lmplz over all n-grams of orders 1-{ORDER}, log10:")
    print(f"probabilities {worst_probability / np.log(10):.1e}, ", end="")
    print(f"back-off weights {worst_weight / np.log(10):.1e}.")


def grams_of(model: NgramModel, level: int) -> np.ndarray:
    """The ids of the n-grams of one level, `[distinct, level + 1]`."""
    rows = np.arange(len(model.table.keys[level]))
    columns = []
    for keys in reversed(model.table.keys[: level + 1]):
        rows, last = np.divmod(keys[rows], model.vocabulary_size)
        columns.append(last)
    return np.stack(columns[::-1], axis=1)


def rows_in(model: BackoffModel, grams: np.ndarray) -> np.ndarray:
    """Rows of n-grams in a model; -1 where one is not there."""
    rows = np.zeros(len(grams), dtype=np.int64)
    for column, keys in zip(grams.T, model.table.keys, strict=False):
        wanted = rows * model.vocabulary_size + column
        rows = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        rows = np.where(keys[rows] == wanted, rows, -1)
    return rows


def fit_lines(lines: list[str]) -> tuple[NgramModel, tuple[str, ...]]:
    """Modified Kneser-Ney over lines, and the token of each id."""
    text = "\n".join(lines) + "\n"
    options = CorpusOptions(tokenizer="word", boundaries="line", held_out=0)
    corpus = build_corpus(Text("synthetic", text, "utf-8", len(text), None), options)
    vocabulary = corpus.training_vocabulary
    marks = Boundaries(1, 2)  # after `<unk>`
    ids = corpus.split.train.ids
    model = NgramModel.fit(ids, ORDER, len(vocabulary), "modified-kneser-ney", boundaries=marks)
    return model, vocabulary.tokens


def time_scoring(lines: list[str]) -> None:
    """Seconds to score a million tokens."""
    text = "\n".join(lines) + "\n"
    options = CorpusOptions(tokenizer="word")
    corpus = build_corpus(Text("synthetic", text, "utf-8", len(text), None), options)
    part, size = corpus.split.train, len(corpus.training_vocabulary)
    model = NgramModel.fit(part.ids, ORDER, size, "modified-kneser-ney")
    ids = np.resize(part.ids, SCORED + 1)
    start = time.perf_counter()
    scored = sum(len(piece) for piece in model.score(ids))
    print(f"\nScoring {scored:,} tokens: {time.perf_counter() - start:.2f} s.")


def compare_nltk(lines: list[str], words: int) -> None:
    """Laplace and interpolated Kneser-Ney on a slice, beside NLTK."""
    try:
        from nltk.lm import KneserNeyInterpolated, Laplace
        from nltk.lm.preprocessing import pad_both_ends, padded_everygram_pipeline
        from nltk.util import ngrams
    except ImportError:
        print("\nNLTK is not installed: not compared.")
        return
    chosen: list[str] = []
    size = 0
    for line in lines:
        if size >= words:
            break
        chosen.append(line)
        size += line.count(" ") + 1
    held = lines[len(chosen) : len(chosen) + NLTK_SCORED // 15]
    print(f"\n| order {NLTK_ORDER}, {size:,} words | fit s | tokens scored / s |")
    print("| --- | --- | --- |")
    for title, theirs, smoothing in (
        ("Laplace", Laplace(NLTK_ORDER), "add-k"),
        ("Kneser-Ney", KneserNeyInterpolated(NLTK_ORDER), "kneser-ney"),
    ):
        start = time.perf_counter()
        text = "\n".join(chosen) + "\n"
        options = CorpusOptions(tokenizer="word", boundaries="line", held_out=0)
        corpus = build_corpus(Text("slice", text, "utf-8", len(text), None), options)
        vocabulary = corpus.training_vocabulary
        model = NgramModel.fit(
            corpus.split.train.ids,
            NLTK_ORDER,
            len(vocabulary),
            smoothing,
            boundaries=Boundaries(1, 2),
        )
        ours = time.perf_counter() - start
        part = encode_text("\n".join(held) + "\n", options, vocabulary)
        _ = vocabulary.fingerprint  # made once, and on a short text longer than the scoring
        start = time.perf_counter()
        evaluation = evaluate_part(model, part, "held", vocabulary, options)
        assert evaluation is not None
        our_rate = evaluation.targets / (time.perf_counter() - start)
        start = time.perf_counter()
        theirs.fit(*padded_everygram_pipeline(NLTK_ORDER, [line.split() for line in chosen]))
        fit = time.perf_counter() - start
        start = time.perf_counter()
        scored = 0
        for line in held:
            padded = list(pad_both_ends(theirs.vocab.lookup(line.split()), n=NLTK_ORDER))
            for *history, word in ngrams(padded, NLTK_ORDER):
                theirs.logscore(word, history)
                scored += 1
        rate = scored / (time.perf_counter() - start)
        print(f"| seqtui {title} | {ours:.2f} | {our_rate:,.0f} |")
        print(f"| NLTK {title} | {fit:.2f} | {rate:,.0f} |")
        print(f"| ratio | {fit / ours:.0f} × | {our_rate / rate:,.0f} × |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--words", type=int, default=3_400_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slice", type=int, default=200_000)
    parser.add_argument("--lmplz", help="path of KenLM's builder")
    arguments = parser.parse_args()
    lines = synthetic_lines(arguments.words)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SEQTUI_HOME"] = folder
        text = Path(folder) / "text.txt"
        text.write_text("\n".join(lines) + "\n")
        types = len({word for line in lines for word in line.split()})
        print(f"{arguments.words:,} words, {types:,} types.")
        compare_processes(text, arguments.lmplz, arguments.rounds)
        if arguments.lmplz:
            compare_models(lines, Path(folder) / "lmplz.arpa")
    time_scoring(lines)
    compare_nltk(lines, arguments.slice)


if __name__ == "__main__":
    main()
