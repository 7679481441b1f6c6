"""How a text becomes a corpus: the choices, and the checks on them. Loads no numpy."""

from __future__ import annotations

import codecs
import contextlib
import math
from dataclasses import dataclass

from seqtui.corpora.errors import InputError

CLEANINGS: tuple[str, ...] = ("none", "letters-joined", "letters", "unicode-letters")
"""See `seqtui.corpora.cleaning.clean`."""

ALIASES = {"d2l-zh": "letters-joined", "d2l-en": "letters"}
"""The cleanings of the Chinese and the English edition of Dive into Deep Learning (ch. 8.2)."""

TOKENIZERS: tuple[str, ...] = ("char", "word", "byte", "space")
"""See `seqtui.corpora.tokenizing.tokenize`."""

BY_WORDS = frozenset({"word", "space"})
"""Tokenisers whose tokens are words, written with spaces between them."""

VOCABULARIES: tuple[str, ...] = ("open", "closed")
"""Open: `<unk>` is a member and can be predicted. Closed: there is no `<unk>`."""

BOUNDARIES: tuple[str, ...] = ("stream", "line")
"""Stream: one long text. Line: each line is a sentence `<s> … </s>`, and `</s>` is predicted."""

TEXT_ORDERS: tuple[str, ...] = ("forward", "reversed", "shuffled")
"""See `seqtui.corpora.arranging`."""


def canonical_cleaning(name: str) -> str:
    """The cleaning of that name or alias. Raises InputError naming the choices."""
    name = ALIASES.get(name, name)
    if name not in CLEANINGS:
        choices = ", ".join((*CLEANINGS, *ALIASES))
        raise InputError(
            "--clean {name}: choose one of {choices}", option="cleaning", name=name, choices=choices
        )
    return name


def canonical_encoding(name: str) -> str:
    """Python's name of an encoding. Raises InputError if it knows no text encoding so called."""
    try:
        found = codecs.lookup(name)
        with contextlib.suppress(UnicodeError):
            b"a".decode(name)  # a LookupError for codecs that do not make text, such as hex
    except (LookupError, ValueError) as error:
        raise InputError(
            "--encoding {name}: no such text encoding; try utf-8, utf-16, gb18030, big5, "
            "shift_jis, cp1252",
            option="encoding",
            name=name,
        ) from error
    return found.name


@dataclass(frozen=True, slots=True)
class CorpusOptions:
    """What decides the ids a text becomes. Raises InputError naming the invalid option."""

    cleaning: str = "none"
    """One of `CLEANINGS`; an alias is replaced by its full name."""
    tokenizer: str = "char"
    """One of `TOKENIZERS`."""
    min_freq: int = 1
    """Training tokens that occur fewer times become `<unk>`."""
    vocabulary: str = "open"
    """One of `VOCABULARIES`."""
    held_out: float = 0.1
    """Share of the tokens, at the end of the text, that is held out from training; 0 for none."""
    encoding: str | None = None
    """Encoding of the file; None tries UTF-8, UTF-16 with mark and GB18030."""
    strip_gutenberg: bool = False
    """Cut the header and licence of a Project Gutenberg file."""
    boundaries: str = "stream"
    """One of `BOUNDARIES`."""
    text_order: str = "forward"
    """One of `TEXT_ORDERS`: the order in which a model reads the tokens of each part."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "cleaning", canonical_cleaning(self.cleaning))
        if self.tokenizer not in TOKENIZERS:
            raise InputError(
                "--tokenizer {tokenizer}: choose one of {choices}",
                option="tokenizer",
                tokenizer=self.tokenizer,
                choices=", ".join(TOKENIZERS),
            )
        if self.vocabulary not in VOCABULARIES:
            raise InputError(
                "--vocabulary {vocabulary}: choose one of {choices}",
                option="vocabulary",
                vocabulary=self.vocabulary,
                choices=", ".join(VOCABULARIES),
            )
        if self.boundaries not in BOUNDARIES:
            raise InputError(
                "--boundaries {boundaries}: choose one of {choices}",
                option="boundaries",
                boundaries=self.boundaries,
                choices=", ".join(BOUNDARIES),
            )
        if self.text_order not in TEXT_ORDERS:
            raise InputError(
                "--text-order {text_order}: choose one of {choices}",
                option="text_order",
                text_order=self.text_order,
                choices=", ".join(TEXT_ORDERS),
            )
        if self.min_freq < 1:
            raise InputError(
                "--min-freq {min_freq}: must be at least 1",
                option="min_freq",
                min_freq=self.min_freq,
            )
        if self.vocabulary == "closed" and self.min_freq > 1:
            raise InputError(
                "--min-freq {min_freq}: rare tokens become <unk>, which a closed vocabulary "
                "does not have; use --vocabulary open or --min-freq 1",
                option="min_freq",
                min_freq=self.min_freq,
            )
        if not (math.isfinite(self.held_out) and 0 <= self.held_out < 1):
            raise InputError(
                "--held-out {held_out}: must be a share from 0 to below 1, such as 0.1",
                option="held_out",
                held_out=self.held_out,
            )
        if self.encoding is not None:
            object.__setattr__(self, "encoding", canonical_encoding(self.encoding))
