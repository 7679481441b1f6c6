"""Writing and what is drawn of it, without a screen."""

from __future__ import annotations

from typing import Any

import pytest
from generate_driver import TEXT

from seqtui.corpora.corpus import build_corpus
from seqtui.corpora.options import TOKENIZERS, CorpusOptions
from seqtui.corpora.reading import Text
from seqtui.corpora.tokenizing import detokenize
from seqtui.engine.generation import SamplingOptions, generate
from seqtui.engine.ngrams.model import NgramModel
from seqtui.tui.panes.generate.drawing import written_text
from seqtui.tui.panes.generate.writers import Writer, count_writer
from seqtui.tui.panes.generate.writing import Writing


def corpus_of(text: str, tokenizer: str) -> Any:
    source = Text("text", text, "utf-8", len(text), None)
    return build_corpus(source, CorpusOptions(tokenizer=tokenizer))


def write_at_once(writer: Writer, prefix: str, tokens: int, **sampling: Any) -> Writing:
    writing = Writing(writer, prefix, SamplingOptions(**sampling))
    writing.prepare(writing.sampling)
    writing.write(tokens, lambda done, total: True)
    return writing


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@pytest.mark.parametrize("text", [TEXT, "天地玄黄，宇宙洪荒。日月 é盈昃\n" * 20])
def test_the_text_is_the_one_its_tokens_make(tokenizer: str, text: str) -> None:
    writer = count_writer(corpus_of(text, tokenizer), 3, lambda done, total: True)
    prefix = text[:3]
    writing = write_at_once(writer, prefix, 40, temperature=0.0)
    names = writer.vocabulary.tokens
    ids = [*(writing.before or []), *(token.id for token in writing.tokens)]
    content, _offset = written_text(writing, writing.tokens, 0)
    assert content.plain.rstrip("�") == detokenize([names[i] for i in ids], tokenizer).rstrip("�")


def test_the_marked_token_is_found_in_the_text() -> None:
    writer = count_writer(corpus_of(TEXT, "char"), 3, lambda done, total: True)
    writing = write_at_once(writer, "to ", 20)
    names = writer.vocabulary.tokens
    for number, token in enumerate(writing.tokens):
        content, offset = written_text(writing, writing.tokens, number)
        assert content.plain[offset] == names[token.id]
        assert offset == 3 + number


def test_it_writes_what_the_command_line_would() -> None:
    corpus = corpus_of(TEXT, "char")
    train = corpus.split.train.ids
    model = NgramModel.fit(train, 3, len(corpus.training_vocabulary), "add-k", 0.5)
    writer = Writer("3-gram", model, corpus.training_vocabulary, corpus.options, neural=False)
    writing = write_at_once(writer, "to be", 50, seed=3, temperature=0.7)
    ids = corpus.training_vocabulary.ids(list("to be"))
    banned = corpus.training_vocabulary.never_written
    options = SamplingOptions(seed=3, temperature=0.7)
    assert writing.tokens == list(generate(model, ids, 50, options, banned))


def test_the_unknown_token_is_never_written() -> None:
    text = "the cat sat. the dog sat. the owl sat. a sat. a sat."
    source = Text("text", text, "utf-8", len(text), None)
    options = CorpusOptions(tokenizer="word", min_freq=2, held_out=0.01)
    writer = count_writer(build_corpus(source, options), 2, lambda done, total: True)
    writing = write_at_once(writer, "the", 20)
    assert len(writing.tokens) == 20
    assert writer.vocabulary.unknown not in [token.id for token in writing.tokens]


@pytest.mark.parametrize("text", ["ab", "aaaa", "甲乙丙甲乙丁"])
def test_a_short_text_has_an_writer_too(text: str) -> None:
    writer = count_writer(corpus_of(text, "char"), 5, lambda done, total: True)
    assert len(write_at_once(writer, "", 5).tokens) == 5
