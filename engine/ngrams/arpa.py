r"""What an ARPA file is, by which n-gram toolkits exchange models; `arpa_writing`, `arpa_reading`.

A text: the numbers of n-grams under `\data\`, then for each order a line for each n-gram with the
base-10 logarithm of its probability, its tokens, and the base-10 logarithm of its back-off weight.
-99 is the logarithm of 0, as in every toolkit.

A file of ours has one more line, a comment before `\data\`, which other toolkits skip (KenLM skips
those that begin with `#`):

    # seqtui 1 {"tokenizer": "char", ...}

It says how a text becomes tokens, and that what no token of such a file may hold (white space,
control characters, and what would be taken for a mark) is written by its code point: `<0x20>` for
a space, `<0x>` for nothing at all. In a file without that comment every word is what it is.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import numpy as np

from seqtui.corpora.errors import InputError
from seqtui.corpora.options import CorpusOptions
from seqtui.corpora.vocabulary import BEGIN, END, UNKNOWN, Vocabulary
from seqtui.engine.ngrams.backoff import BackoffModel
from seqtui.engine.settings.typed_json import build

ZERO = -99.0
"""log10 of 0."""
COMMENT = "# seqtui "
"""What the comment begins with; the number of its format follows."""
BARE_UNKNOWN = "<UNK>"
"""What some toolkits write for `<unk>`."""

_FORMAT = 1
_OF_THE_TEXT = ("held_out", "min_freq", "encoding")
"""Options that say nothing of how another text becomes tokens."""
_MARKS = frozenset({UNKNOWN, BEGIN, END, BARE_UNKNOWN})
_UNSAFE = re.compile(r"[\s\x00-\x20\x7f-\xa0\ud800-\udfff\ufeff]|<(?=0x[0-9A-F]{0,6}>)")
_UNSAFE_BYTE = re.compile(r"[^\x21-\x7e]|<(?=0x[0-9A-F]{0,6}>)")
_ESCAPED = re.compile(r"<0x([0-9A-F]{0,6})>")


@dataclass(frozen=True, eq=False)
class ArpaModel:
    """What an ARPA file holds."""

    vocabulary: Vocabulary
    """Its tokens; such a file has no count of each."""
    model: BackoffModel
    options: CorpusOptions
    """How a text becomes ids for it."""
    ours: bool
    """Whether the file says so itself; a line end is then no more than what it says."""

    @property
    def unknown_is_impossible(self) -> bool:
        """Whether the file has no `<unk>`, though a text may have words that it lacks."""
        unknown = self.vocabulary.unknown
        return unknown is not None and unknown not in self.model.table.keys[0][:1]

    @property
    def tokens(self) -> tuple[str, ...]:
        """The token of each id."""
        return self.vocabulary.tokens


def arpa_vocabulary(tokens: Iterable[str], options: CorpusOptions) -> Vocabulary:
    """The vocabulary of a file, its reserved tokens first. Raises InputError if they are not."""
    tokens = tuple(tokens)
    closed = options.vocabulary == "closed"
    reserved: tuple[str, ...] = () if closed else (UNKNOWN,)
    if options.boundaries == "line":
        reserved += (BEGIN, END)
    if tokens[: len(reserved)] != reserved or len(set(tokens)) < len(tokens):
        raise InputError("its tokens are not those that its comment says")
    return Vocabulary(tokens, np.zeros(len(tokens), np.int64), closed, reserved)


def comment(options: CorpusOptions) -> str:
    """The line by which a file of ours says how a text becomes its tokens."""
    said = {name: value for name, value in asdict(options).items() if name not in _OF_THE_TEXT}
    return f"{COMMENT}{_FORMAT} {json.dumps(said)}"


def read_comment(line: str) -> CorpusOptions:
    """What `comment` wrote. Raises InputError for anything else."""
    number, _, said = line.removeprefix(COMMENT).partition(" ")
    if number != str(_FORMAT):
        raise InputError("it was written by a later version of seqtui")
    try:
        data = json.loads(said)
    except (ValueError, RecursionError) as error:
        raise InputError("its comment is damaged") from error
    return build(CorpusOptions, data)


def escaped(token: str, tokenizer: str, reserved: bool) -> str:
    """A token as a file of ours has it."""
    if reserved:
        return token
    if not token:
        return "<0x>"
    if token in _MARKS:
        return f"<0x3C>{token[1:]}"
    unsafe = _UNSAFE_BYTE if tokenizer == "byte" else _UNSAFE
    return unsafe.sub(lambda found: f"<0x{ord(found[0]):02X}>", token)


def unescaped(word: str) -> str:
    """The token that `escaped` wrote."""

    def character(found: re.Match[str]) -> str:
        if not found[1]:
            return ""
        code = int(found[1], 16)
        return chr(code) if code <= sys.maxunicode else found[0]

    return _ESCAPED.sub(character, word)
