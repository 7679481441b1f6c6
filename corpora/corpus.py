"""A corpus: a text, how it becomes ids, and which of them train."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.arranging import arrange, arrange_prefix
from seqtui.corpora.cleaning import Cleaned, clean
from seqtui.corpora.errors import InputError, UserMessage
from seqtui.corpora.fingerprint import digest, fingerprint
from seqtui.corpora.gutenberg import Unframed, strip_gutenberg
from seqtui.corpora.notices import cleaning_remedy, notices
from seqtui.corpora.options import BY_WORDS, CorpusOptions
from seqtui.corpora.progress import OnProgress
from seqtui.corpora.reading import Text
from seqtui.corpora.tokenizing import TokenStream, character_offset, detokenize, tokenize
from seqtui.corpora.vocabulary import BEGIN, END, Vocabulary, build_vocabulary, encode

__all__ = [
    "Corpus",
    "CorpusOptions",
    "Part",
    "Split",
    "build_corpus",
    "encode_prefix",
    "encode_text",
    "unknown_tokens",
]


@dataclass(frozen=True, eq=False)
class Part:
    """A piece of a corpus, or another text, as ids."""

    ids: NDArray[np.int32]
    """Shape `[tokens]`."""
    characters: int
    """Characters of the cleaned text that these tokens make."""
    text_fingerprint: str
    """Of those characters."""
    unknown: int
    """How many of the ids are `<unk>`."""

    @property
    def has_targets(self) -> bool:
        """Whether there is a token to predict; the first is only its context."""
        return len(self.ids) > 1


@dataclass(frozen=True, eq=False)
class Split:
    """The first tokens train, the rest is held out; both under the training vocabulary."""

    train: Part
    held_out: Part


@dataclass(frozen=True, eq=False)
class Corpus:
    """A text that has been cleaned and tokenised; made by `build_corpus`."""

    name: str
    text: Text
    options: CorpusOptions
    cleaned: Cleaned
    stream: TokenStream
    unframed: Unframed | None = None
    """What was cut with the frame of Project Gutenberg, where that was asked for."""
    doubles_marks: bool = False
    """Whether it is read as 0.1.0 did, for a run of then: see `Vocabulary.doubles_marks`."""

    @property
    def tokens(self) -> int:
        """The number of tokens."""
        return len(self.stream.indices)

    @property
    def characters(self) -> int:
        """The number of characters of the cleaned text."""
        return len(self.cleaned.text)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary of the whole text: to look at, not to train with."""
        return self._vocabulary(None)

    @cached_property
    def ids(self) -> NDArray[np.int32]:
        """The whole text under `vocabulary`, shape `[tokens]`."""
        return encode(self.stream, self.vocabulary)

    @cached_property
    def training_vocabulary(self) -> Vocabulary:
        """The vocabulary of the training part."""
        return self._vocabulary(self.training_tokens)

    @property
    def training_tokens(self) -> int:
        """floor((1 - held_out) N) of N tokens; back to the start of that line between lines."""
        # Exact: in floating point (1 - .9) * 10 is below 1.
        at = int((1 - Fraction(str(self.options.held_out))) * self.tokens)
        if self.options.boundaries == "line" and at < self.tokens:
            starts = self.stream.line_starts
            before = starts[: np.searchsorted(starts, at, side="right")]
            # A text of one line is cut inside it.
            return (int(before[-1]) if len(before) else 0) or at
        return at

    @property
    def held_out_tokens(self) -> int:
        """The tokens after those that train."""
        return self.tokens - self.training_tokens

    @cached_property
    def split(self) -> Split:
        """Training and held-out part under the training vocabulary.

        Raises InputError when that vocabulary is closed and lacks a held-out token.
        """
        at = self.training_tokens
        ids = encode(self.stream, self.training_vocabulary)
        offset = character_offset(self.cleaned, self.stream, at)
        text, vocabulary = self.cleaned.text, self.training_vocabulary
        starts = self.stream.line_starts
        cut = int(np.searchsorted(starts, at))
        options = self.options
        return Split(
            _part(ids[:at], text[:offset], starts[:cut], vocabulary, options),
            _part(ids[at:], text[offset:], starts[cut:] - at, vocabulary, options),
        )

    @cached_property
    def arranged_ids(self) -> NDArray[np.int32]:
        """The whole text under `vocabulary` as a model reads it, see `arranging.arrange`."""
        return arrange(self.ids, self.stream.line_starts, self.vocabulary, self.options)

    @cached_property
    def written_ids(self) -> NDArray[np.int32]:
        """As `arranged_ids`, but in the text's own order whatever `text_order` is."""
        if self.options.boundaries == "stream":
            return self.ids
        options = replace(self.options, text_order=CorpusOptions().text_order)
        return arrange(self.ids, self.stream.line_starts, self.vocabulary, options)

    @cached_property
    def fingerprint(self) -> str:
        """Equal for two corpora that give the same ids, however they were opened."""
        return self._fingerprint(*self._beyond_text())

    def is_known_as(self, known: str) -> bool:
        """Whether a fingerprint is this corpus's, also one that version 0.1.0 computed.

        That one left the lines and the segmenter out, so compare the vocabularies too.
        """
        return known in (self.fingerprint, self._earlier_fingerprint)

    @cached_property
    def _earlier_fingerprint(self) -> str:
        return self._fingerprint()

    def _fingerprint(self, *more: str) -> str:
        options = self.options
        return fingerprint(
            self.cleaned.text,
            options.tokenizer,
            self.tokens,
            len(self.stream.types),
            options.min_freq,
            options.vocabulary,
            str(options.held_out),
            *_special(options),
            *more,
        )

    def _beyond_text(self) -> list[str]:
        """What the ids depend on that neither the cleaned text nor the options tell."""
        found = []
        if self.options.tokenizer == "word":  # where lines end, and how Han was segmented
            kinds = fingerprint(*self.stream.types)
            found.append(kinds + digest(self.stream.indices))
        if self.options.boundaries == "line":
            found.append(digest(self.stream.line_starts))
        return found

    @cached_property
    def warnings(self) -> tuple[UserMessage, ...]:
        """What to know about this corpus before using it, one line each."""
        return notices(self.text, self.options, self.unframed, self.cleaned, self.stream)

    def ids_of(self, text: str) -> NDArray[np.int32]:
        """Another text as `ids` has this one: cleaned and tokenised so, in one forward stream.

        Raises InputError naming a token that a closed vocabulary does not have.
        """
        _cleaned, stream = _read_as(text, self.options, None)
        return encode(stream, self.vocabulary)

    def text_of(self, start: int, stop: int) -> str:
        """The text that the tokens from `start` up to, not including, `stop` make."""
        if self.options.tokenizer == "char":
            return self.cleaned.text[start:stop]
        return detokenize(self.stream.tokens(start, stop), self.options.tokenizer)

    def _vocabulary(self, upto: int | None) -> Vocabulary:
        options = self.options
        return build_vocabulary(
            self.stream,
            upto,
            options.min_freq,
            closed=options.vocabulary == "closed",
            reserved=(BEGIN, END) if options.boundaries == "line" else (),
            doubles_marks=self.doubles_marks,
        )


def _special(options: CorpusOptions) -> list[str]:
    """What of the arrangement is not the usual; nothing changes the fingerprints of the usual."""
    usual = CorpusOptions()
    names = ("boundaries", "text_order")
    return [getattr(options, n) for n in names if getattr(options, n) != getattr(usual, n)]


def _part(
    ids: NDArray[np.int32],
    text: str,
    line_starts: NDArray[np.int64],
    vocabulary: Vocabulary,
    options: CorpusOptions,
) -> Part:
    unknown = vocabulary.unknown
    count = 0 if unknown is None else int(np.count_nonzero(ids == unknown))
    # A shuffled text is another text; reversed it is the same one, read the other way.
    marks = ["shuffled"] if options.text_order == "shuffled" else []
    arranged = arrange(ids, line_starts, vocabulary, options)
    return Part(arranged, len(text), fingerprint(text, *marks), count)


def build_corpus(
    text: Text, options: CorpusOptions, on_progress: OnProgress | None = None
) -> Corpus:
    """Clean and tokenise a text.

    `on_progress` counts characters. Raises Cancelled, and InputError when nothing is left.
    """
    unframed = strip_gutenberg(text.text) if options.strip_gutenberg else None
    content = text.text if unframed is None else unframed.text
    if not content:
        raise InputError(
            "--strip-gutenberg leaves nothing of {name}", option="strip_gutenberg", name=text.name
        )
    cleaned = clean(content, options.cleaning, on_progress)
    if not cleaned.text:
        if content.isspace():
            raise InputError("{name} holds nothing but white space", name=text.name)
        raise InputError(
            "--clean {cleaning} leaves nothing of {name}: {remedy}",
            option="cleaning",
            cleaning=options.cleaning,
            name=text.name,
            remedy=cleaning_remedy(options.cleaning),
        )
    stream = tokenize(cleaned, options.tokenizer, on_progress)
    if not len(stream.indices):
        raise InputError(
            "--tokenizer {tokenizer} finds no token in {name}",
            option="tokenizer",
            tokenizer=options.tokenizer,
            name=text.name,
        )
    if options.boundaries == "line" and not len(stream.line_starts):
        raise InputError(
            "--boundaries line finds no line with a token in {name}",
            option="boundaries",
            name=text.name,
        )
    return Corpus(text.name, text, options, cleaned, stream, unframed)


def encode_text(
    text: str,
    options: CorpusOptions,
    vocabulary: Vocabulary,
    on_progress: OnProgress | None = None,
    line_ends: bool = True,
) -> Part:
    """Another text, cleaned, tokenised, encoded and arranged as a corpus was; may be empty.

    Line ends that the vocabulary lacks are left out where `</s>` stands for them, and anywhere if
    `line_ends` is False. Raises InputError naming a token that a closed vocabulary does not have.
    """
    cleaned, stream = _read_by(text, options, vocabulary, on_progress, line_ends)
    ids = encode(stream, vocabulary)
    return _part(ids, cleaned.text, stream.line_starts, vocabulary, options)


def encode_prefix(
    text: str, options: CorpusOptions, vocabulary: Vocabulary, line_ends: bool = True
) -> NDArray[np.int32]:
    """The ids of a text that a model will continue: the same, but its last line stays open."""
    _cleaned, stream = _read_by(text, options, vocabulary, None, line_ends)
    ids = encode(stream, vocabulary)
    return arrange_prefix(ids, stream.line_starts, vocabulary, options)


def unknown_tokens(text: str, options: CorpusOptions, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The tokens of a text that have no id of their own, each once, as they occur.

    Line ends, of which boundaries take the place, are none of them.
    """
    _cleaned, stream = _read_as(text, options, None)
    ends = {"\n"} if options.boundaries == "line" else set()
    return tuple(
        token for token in stream.types if vocabulary.id_of(token) is None and token not in ends
    )


def _read_by(
    text: str,
    options: CorpusOptions,
    vocabulary: Vocabulary,
    on_progress: OnProgress | None,
    line_ends: bool,
) -> tuple[Cleaned, TokenStream]:
    cleaned = clean(_content(text, options), options.cleaning, on_progress)
    left_out = options.boundaries == "line" or not line_ends
    tokenised = cleaned
    if left_out and options.tokenizer not in BY_WORDS and vocabulary.id_of("\n") is None:
        tokenised = cleaned.joined()
    return cleaned, tokenize(tokenised, options.tokenizer, on_progress)


def _content(text: str, options: CorpusOptions) -> str:
    return strip_gutenberg(text).text if options.strip_gutenberg else text


def _read_as(
    text: str, options: CorpusOptions, on_progress: OnProgress | None
) -> tuple[Cleaned, TokenStream]:
    cleaned = clean(_content(text, options), options.cleaning, on_progress)
    return cleaned, tokenize(cleaned, options.tokenizer, on_progress)
