"""ARPA files: what is written is read again, foreign files score as they say."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqtui.corpora.cleaning import CLEANINGS
from seqtui.corpora.corpus import Corpus, build_corpus, encode_text
from seqtui.corpora.errors import Cancelled, InputError
from seqtui.corpora.options import TOKENIZERS, VOCABULARIES, CorpusOptions
from seqtui.corpora.reading import Text
from seqtui.corpora.vocabulary import Vocabulary
from seqtui.engine.held_out import evaluate_part
from seqtui.engine.ngrams.arpa import ArpaModel, escaped, unescaped
from seqtui.engine.ngrams.arpa_reading import read_arpa
from seqtui.engine.ngrams.arpa_writing import write_arpa
from seqtui.engine.ngrams.backoff import Boundaries, line_boundaries
from seqtui.engine.ngrams.model import NgramModel

TOKENS = ("<unk>", "<s>", "</s>", "a", " ", "<0x20>", "\v", "", "<UNK>", "\ud800", "中\u3000")
LINES = Boundaries(1, 2)
BY_LINE = CorpusOptions(tokenizer="word", boundaries="line")
STREAM = CorpusOptions(vocabulary="closed")
WRITABLE = (
    "katz",
    "witten-bell",
    "absolute-discounting",
    "kneser-ney",
    "modified-kneser-ney",
    "linear-interpolation",
)
SMALL = """made by hand

\\data\\
ngram 1=5
ngram 2=2

\\1-grams:
-1\t<unk>
-99\t<s>\t-0.5
-0.5\t</s>
-0.4\tthe\t-0.3
-0.6\tcat

\\2-grams:
-0.2\t<s> the
-0.1\tthe cat

\\end\\
"""


def marked(lines: list[list[int]]) -> np.ndarray:
    return np.array([token for line in lines for token in (1, *line, 2)], dtype=np.int32)


def vocabulary_of(tokens: tuple[str, ...], reserved: int) -> Vocabulary:
    counts = np.zeros(len(tokens), dtype=np.int64)
    return Vocabulary(tokens, counts, reserved == 0, tokens[:reserved])


def small(folder: Path, text: str = SMALL) -> Path:
    path = folder / "small.arpa"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", WRITABLE)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.lists(
        st.lists(st.sampled_from([0, *range(3, len(TOKENS))]), max_size=6), min_size=3, max_size=10
    ),
    order=st.integers(1, 4),
)
def test_what_is_written_is_read_again(
    tmp_path: Path, name: str, text: list[list[int]], order: int
) -> None:
    ids = marked(text)
    model = NgramModel.fit(ids, order, len(TOKENS), name, boundaries=LINES)
    path = tmp_path / "model.arpa.gz"
    write_arpa(model, vocabulary_of(TOKENS, 3), BY_LINE, path)
    again = read_arpa(path)
    assert again.tokens == TOKENS
    assert again.model.table.boundaries == model.table.boundaries
    for one, other in zip(model.score(ids), again.model.score(ids), strict=True):
        assert other == pytest.approx(one, abs=1e-6)


def test_a_foreign_file_is_scored_by_its_own_numbers(tmp_path: Path) -> None:
    read = read_arpa(small(tmp_path))
    assert read.tokens == ("<unk>", "<s>", "</s>", "the", "cat")
    the, cat = 3, 4
    ids = np.array([1, the, cat, 2, 1, cat, 0, the, the, 2], dtype=np.int32)
    scores = np.concatenate([*read.model.score(ids)]) / math.log(10)
    # <s> is not predicted; cat has no back-off weight, and <unk> neither.
    assert scores == pytest.approx([-0.2, -0.1, -0.5, -0.5 - 0.6, -1, -0.4, -0.3 - 0.4, -0.3 - 0.5])


def test_a_file_of_one_stream_has_the_marks_others_insist_on(tmp_path: Path) -> None:
    ids = np.array([0, 1, 0, 1, 0, 2], dtype=np.int32)
    model = NgramModel.fit(ids, 2, 3, "kneser-ney")
    path = tmp_path / "stream.arpa"
    write_arpa(model, vocabulary_of(("a", "b", "c"), 0), STREAM, path)
    text = path.read_text(encoding="utf-8")
    comment, _, rest = text.partition("\n\n")
    assert comment.startswith("# seqtui 1 {")
    assert rest.startswith("\\data\\\nngram 1=5\nngram 2=3\n")
    assert "-99\t<s>\t0\n" in text
    assert "\ta b\n" in text
    read = read_arpa(path)
    assert read.model.table.boundaries is None
    assert read.tokens == ("a", "b", "c")
    names = [0, 1, 2]
    law = np.exp(read.model.start(np.array([names[0]], dtype=np.int32)).log_probs)
    own = np.exp(model.start(ids[:1]).log_probs)
    assert law[names] == pytest.approx(own)


@pytest.mark.parametrize("name", ["add-k", "mle", "lidstone", "stupid-back-off"])
def test_what_the_format_cannot_hold_is_refused(tmp_path: Path, name: str) -> None:
    model = NgramModel.fit(np.array([0, 1, 0, 1, 0, 2], dtype=np.int32), 2, 3, name)
    with pytest.raises(InputError, match="--arpa"):
        write_arpa(model, vocabulary_of(("a", "b", "c"), 0), STREAM, tmp_path / "model.arpa")


def test_writing_can_be_cancelled(tmp_path: Path) -> None:
    model = NgramModel.fit(np.array([0, 1, 0, 2], dtype=np.int32), 2, 3, "kneser-ney")
    with pytest.raises(Cancelled):
        write_arpa(
            model,
            vocabulary_of(("a", "b", "c"), 0),
            STREAM,
            tmp_path / "m.arpa",
            lambda done, total: False,
        )
    assert list(tmp_path.iterdir()) == []


def corpus_of(text: str, options: CorpusOptions) -> Corpus:
    return build_corpus(Text("text", text, "utf-8", len(text), None), options)


def losses(read: ArpaModel, model: NgramModel, corpus: Corpus, text: str) -> tuple[float, float]:
    """Of a text, by the file and by the model; what was evaluated is the same to the last id."""
    ours = encode_text(text, corpus.options, corpus.training_vocabulary)
    theirs = encode_text(text, read.options, read.vocabulary, line_ends=read.ours)
    one = evaluate_part(model, ours, "text", corpus.training_vocabulary, corpus.options)
    other = evaluate_part(read.model, theirs, "text", read.vocabulary, read.options)
    assert one is not None
    assert other is not None
    assert other.of == one.of
    assert other.targets == one.targets
    assert other.unknown_targets == one.unknown_targets
    assert other.zero_probability_targets == one.zero_probability_targets
    return other.nll, one.nll


@pytest.mark.parametrize("boundaries", ["stream", "line"])
@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_model_gives_the_same_figure_read_back(
    tmp_path: Path, tokenizer: str, boundaries: str, data: st.DataObject
) -> None:
    """Whatever its tokens, however it was estimated: the file says how a text becomes them."""
    characters = [*"abA \n\t\v\x00\x85é中文\xa0\u2028\ufeff#\\"]
    words = ["<0x20>", "<0x>", "<s>", " </s> ", "<unk>", " <UNK> ", " \\data\\ ", " -0.5"]
    pieces = st.sampled_from([*characters, *words])
    text = "ab ba ab a b\n" + "".join(data.draw(st.lists(pieces, min_size=4, max_size=60)))
    options = CorpusOptions(
        tokenizer=tokenizer,
        boundaries=boundaries,
        cleaning=data.draw(st.sampled_from(CLEANINGS)),
        vocabulary=data.draw(st.sampled_from(VOCABULARIES)),
        text_order=data.draw(st.sampled_from(["forward", "reversed"])),
        held_out=0,
    )
    corpus = corpus_of(text, options)
    vocabulary = corpus.training_vocabulary
    least = data.draw(st.sampled_from([(), (1, 2)]))
    name = data.draw(st.sampled_from(WRITABLE))
    ids = corpus.split.train.ids
    model = NgramModel.fit(
        ids,
        data.draw(st.integers(2 if least else 1, 4)),
        len(vocabulary),
        name,
        boundaries=line_boundaries(vocabulary, options),
        least=least if name == "kneser-ney" else (),
    )
    path = tmp_path / "model.arpa"
    write_arpa(model, vocabulary, options, path)
    read = read_arpa(path)
    assert read.vocabulary.fingerprint == vocabulary.fingerprint
    texts = [text]
    if options.vocabulary == "open":
        texts.append(text[1::2] + "".join(data.draw(st.lists(pieces, max_size=20))))
    for each in texts:
        found, expected = losses(read, model, corpus, each)
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(st.text(st.one_of(st.sampled_from("<0x>AF12 \t\n\v\x1f\x85"), st.characters())))
def test_escaping_can_be_undone_and_leaves_one_word(token: str) -> None:
    for tokenizer in ("char", "word"):
        word = escaped(token, tokenizer, reserved=False)
        assert unescaped(word) == token
        assert word.encode().split() == [word.encode()]
        assert word not in ("<s>", "</s>", "<unk>", "<UNK>")


def test_bytes_are_written_by_their_numbers() -> None:
    assert [escaped(chr(each), "byte", reserved=False) for each in (0x41, 0x20, 0xE5)] == [
        "A",
        "<0x20>",
        "<0xE5>",
    ]


@pytest.mark.parametrize("tokenizer", ["char", "byte", "word", "space"])
@pytest.mark.parametrize("boundaries", ["stream", "line"])
def test_other_toolkits_read_what_is_written(
    tmp_path: Path, tokenizer: str, boundaries: str
) -> None:
    """As KenLM demands: a `#` before the head, one mark of each, no separator within a word."""
    options = CorpusOptions(tokenizer=tokenizer, boundaries=boundaries)
    corpus = corpus_of("<s> é\x0b b </s>\n# <unk> 中文\n" * 3, options)
    vocabulary = corpus.training_vocabulary
    model = NgramModel.fit(
        corpus.split.train.ids,
        2,
        len(vocabulary),
        "witten-bell",
        boundaries=line_boundaries(vocabulary, options),
    )
    path = tmp_path / "model.arpa"
    write_arpa(model, vocabulary, options, path)
    lines = path.read_bytes().split(b"\n")
    assert lines[0].startswith(b"#")
    assert lines[1:3] == [b"", b"\\data\\"]
    unigrams = lines[lines.index(b"\\1-grams:") + 1 : lines.index(b"\\2-grams:") - 1]
    words = [line.split(b"\t")[1] for line in unigrams]
    assert lines[3] == b"ngram 1=%d" % len(words)
    for mark in (b"<s>", b"</s>", b"<unk>"):
        assert words.count(mark) == 1
    assert all(word.split() == [word] for word in words)


AB = """\\data\\
ngram 1=5
ngram 2=5

\\1-grams:
-1.0\t<unk>\t0
0\t<s>\t-0.30103
-0.60206\t</s>\t0
-0.60206\ta\t-0.30103
-0.60206\tb\t-0.30103

\\2-grams:
-0.30103\t<s> a
-0.30103\ta b
-0.60206\tb a
-0.60206\tb </s>
-0.60206\ta </s>

\\end\\
"""


def foreign_score(
    path: Path, text: str, tokenizer: str | None = None
) -> tuple[float, int, int, tuple[str, ...]]:
    """log10 P of a text, its targets, those unknown, and the tokens of the file."""
    read = read_arpa(path, tokenizer=tokenizer)
    part = encode_text(text, read.options, read.vocabulary, line_ends=read.ours)
    found = evaluate_part(read.model, part, "text", read.vocabulary, read.options)
    assert found is not None
    return -found.nll / math.log(10), found.targets, found.unknown_targets, read.tokens


def test_words_of_one_character_are_words(tmp_path: Path) -> None:
    path = small(tmp_path, AB)
    assert read_arpa(path).options.tokenizer == "space"
    score, targets, unknown, _tokens = foreign_score(path, "a b a b\nb a\n")
    # -.30103 -.30103 -.60206 -.30103 -.60206; b after <s>: -.30103 -.60206; -.60206 -.60206
    assert score == pytest.approx(-4.21442)
    assert (targets, unknown) == (8, 0)


def test_letters_are_read_as_letters_where_that_is_said(tmp_path: Path) -> None:
    """The line ends are no words of the file, and are ends of lines to it."""
    path = small(tmp_path, AB)
    assert foreign_score(path, "abab\nba\n", "char")[:3] == (pytest.approx(-4.21442), 8, 0)
    assert foreign_score(path, "abab\nb\n", "byte")[1:3] == (7, 0)
    stream = small(tmp_path, AB.replace("-0.60206\t</s>", "-99\t</s>"))
    assert foreign_score(stream, "ab\nab\n", "char")[:3] == (
        pytest.approx(-0.30103 - 0.60206 - 0.30103),
        3,
        0,
    )


def test_words_of_a_foreign_file_are_what_they_are(tmp_path: Path) -> None:
    path = small(tmp_path, SMALL.replace("the", "<0xE5>").replace("cat", "c\va\xa0t"))
    _score, _targets, unknown, tokens = foreign_score(path, "<0xE5> c\va\xa0t")
    assert tokens[3:] == ("<0xE5>", "c\va\xa0t")
    assert unknown == 2  # a text is split at a vertical tab, as KenLM's query does
    assert foreign_score(path, "\u5000", "byte")[2:] == (
        2,
        ("<unk>", "<s>", "</s>", "å", "c\va\xa0t"),
    )
    han = small(tmp_path, SMALL.replace("the", "今天").replace("cat", "天气"))
    assert foreign_score(han, "今天 天气")[:3] == (pytest.approx(-0.2 - 0.1 - 0.5), 3, 0)


def test_what_our_file_says_is_not_overruled(tmp_path: Path) -> None:
    corpus = corpus_of("ab ba\n" * 5, CorpusOptions())
    vocabulary = corpus.training_vocabulary
    model = NgramModel.fit(corpus.split.train.ids, 2, len(vocabulary), "witten-bell")
    path = tmp_path / "model.arpa"
    write_arpa(model, vocabulary, corpus.options, path)
    assert read_arpa(path, tokenizer="char").options.tokenizer == "char"
    with pytest.raises(InputError, match=r"--tokenizer word: model\.arpa says"):
        read_arpa(path, tokenizer="word")


@pytest.mark.parametrize("number", ["-1e308", "-1.7e308", "-inf", "-1e5", "-99"])
@pytest.mark.filterwarnings("error")
def test_a_logarithm_far_below_zero_is_that_of_zero(tmp_path: Path, number: str) -> None:
    path = small(tmp_path, AB.replace("-0.60206\tb a", f"{number}\tb a"))
    assert read_arpa(path).model.table.log_probs[1].tolist().count(-math.inf) == 1


@pytest.mark.parametrize("weight", ["300", "1e308", "inf", "nan"])
@pytest.mark.filterwarnings("error")
def test_a_weight_that_no_number_can_hold_is_refused(tmp_path: Path, weight: str) -> None:
    path = small(tmp_path, AB.replace("-0.60206\tb\t-0.30103", f"-0.60206\tb\t{weight}"))
    with pytest.raises(InputError, match=r"line 10: .* is not the logarithm of a back-off weight"):
        read_arpa(path)
