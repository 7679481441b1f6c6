"""Tokens to ids: which tokens have one, and what replaces the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.corpora.fingerprint import fingerprint
from seqtui.corpora.tokenizing import TokenStream

UNKNOWN = "<unk>"
"""Replaces every token without an id of its own; a member of an open vocabulary, id 0."""

BEGIN, END = "<s>", "</s>"
"""Begin and end a line, where lines have boundaries; reserved, `<s>` is never predicted."""

LINE_END = "\n"
"""Another spelling of `</s>`, where lines have boundaries: no token of its own."""

_PIECE = 1 << 22


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The tokens that have an id, in the order of their ids: reserved ones, then by count."""

    tokens: tuple[str, ...]
    """The token of each id."""
    counts: NDArray[np.int64]
    """How often each occurred in the text the vocabulary was built from, shape `[vocab]`.

    Of `<unk>`: how many tokens it replaces there, and how often the text itself spells it. 0 for
    `<s>` and `</s>`.
    """
    closed: bool
    """True where there is no `<unk>`."""
    reserved: tuple[str, ...]
    """The tokens at the front that no text has to contain: `<unk>` unless closed, then others."""

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def _ids(self) -> dict[str, int]:
        ids = {token: id_ for id_, token in enumerate(self.tokens)}
        if END in self.reserved and not self.doubles_marks:
            ids.setdefault(LINE_END, ids[END])
        return ids

    @cached_property
    def doubles_marks(self) -> bool:
        """Whether it is one of 0.1.0's, which set marks beside those that stood in the text.

        There a line end was a token too, though it never occurred between the marks.
        """
        spelt = dict(zip(self.reserved, self.counts.tolist(), strict=False))
        marked = spelt.get(BEGIN, 0) > 0 or spelt.get(END, 0) > 0
        return END in spelt and (marked or LINE_END in self.tokens)

    @property
    def unknown(self) -> int | None:
        """The id of `<unk>`, None in a closed vocabulary."""
        return None if self.closed else 0

    @property
    def never_written(self) -> tuple[int, ...]:
        """The ids a generated text must not hold: reserved tokens but `</s>`, which ends a line."""
        return tuple(id_ for id_, token in enumerate(self.reserved) if token != END)

    @cached_property
    def fingerprint(self) -> str:
        """Equal for two vocabularies with the same ids; counts do not matter."""
        return fingerprint(self.closed, len(self.reserved), *self.tokens)

    def id_of(self, token: str) -> int | None:
        """The id of a token, None if it has none of its own."""
        return self._ids.get(token)

    def ids(self, tokens: Sequence[str]) -> NDArray[np.int32]:
        """The id of each token, `<unk>` for those without one, shape `[tokens]`.

        Raises InputError naming the token that a closed vocabulary does not have.
        """
        found = self._lookup(tokens)
        missing = np.flatnonzero(found < 0)
        if len(missing):
            if self.closed:
                raise self._not_a_member(tokens[int(missing[0])])
            found[missing] = 0
        return found

    def _lookup(self, tokens: Sequence[str]) -> NDArray[np.int32]:
        """-1 for a token without an id."""
        get = self._ids.get
        return np.fromiter((get(token, -1) for token in tokens), dtype=np.int32, count=len(tokens))

    def _not_a_member(self, token: str) -> InputError:
        return InputError(
            "--vocabulary closed: {token!r} is not in the vocabulary, which comes from "
            "the training part; use --vocabulary open",
            option="vocabulary",
            token=token,
        )

    def to_json(self) -> dict[str, Any]:
        """The vocabulary as JSON values."""
        return {
            "tokens": list(self.tokens),
            "counts": self.counts.tolist(),
            "closed": self.closed,
            "reserved": list(self.reserved),
        }

    @classmethod
    def from_json(cls, data: object) -> Vocabulary:
        """The vocabulary that `to_json` wrote. Raises InputError for anything else."""
        if not isinstance(data, Mapping) or set(data) != {"tokens", "counts", "closed", "reserved"}:
            raise _damaged(UserMessage("it must have tokens, counts, closed and reserved"))
        tokens, counts, closed = data["tokens"], data["counts"], data["closed"]
        reserved = data["reserved"]
        if not isinstance(closed, bool):
            raise _damaged(UserMessage("closed is neither true nor false"))
        if not _all(tokens, str) or not _all(reserved, str) or "" in tokens:
            raise _damaged(UserMessage("a token is not a text"))
        if len(set(tokens)) != len(tokens):
            raise _damaged(UserMessage("a token occurs twice"))
        if not _all(counts, int) or len(counts) != len(tokens):
            raise _damaged(UserMessage("there is not one count for each token"))
        if not all(0 <= count < 1 << 63 for count in counts):
            raise _damaged(UserMessage("a count is out of range"))
        if tokens[: len(reserved)] != reserved or (reserved[:1] == [UNKNOWN]) == closed:
            raise _damaged(UserMessage("its reserved tokens do not come first"))
        return cls(tuple(tokens), np.array(counts, dtype=np.int64), closed, tuple(reserved))


def _damaged(reason: str) -> InputError:
    return InputError("the vocabulary is damaged: {reason}", reason=reason)


def _all(values: object, kind: type) -> bool:
    # type() and not isinstance(): True is an int to Python, but no count.
    return isinstance(values, list) and all(type(value) is kind for value in values)


def build_vocabulary(
    stream: TokenStream,
    upto: int | None = None,
    min_freq: int = 1,
    closed: bool = False,
    reserved: Sequence[str] = (),
    doubles_marks: bool = False,
) -> Vocabulary:
    """The vocabulary of the first `upto` tokens (all by default).

    `<unk>` unless `closed`, the `reserved` tokens, then every type that occurs at least `min_freq`
    times, by falling count, ties by first occurrence. A type that is spelt as a reserved token
    is that token, and a line end is `</s>` where that is reserved. See
    `Vocabulary.doubles_marks`.
    """
    front = tuple(reserved) if closed else (UNKNOWN, *reserved)
    counts = _count(stream.indices[:upto], len(stream.types))
    in_front = dict.fromkeys(front, 0)
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] >= max(min_freq, 1)]
    ends = {LINE_END} if END in in_front and not doubles_marks else set()
    spelt = {
        index for index, token in enumerate(stream.types) if token in in_front or token in ends
    }
    if spelt:
        order = order[~np.isin(order, list(spelt))]
    if doubles_marks:
        in_front |= {stream.types[index]: int(counts[index]) for index in spelt}
    elif not closed:
        marks = sum(int(counts[i]) for i in spelt if stream.types[i] != UNKNOWN)
        in_front[UNKNOWN] = int(counts.sum()) - int(counts[order].sum()) - marks
    tokens = (*in_front, *(stream.types[index] for index in order.tolist()))
    all_counts = np.concatenate((np.array(list(in_front.values()), dtype=np.int64), counts[order]))
    return Vocabulary(tokens, all_counts, closed, tuple(in_front))


def _count(indices: NDArray[np.int32], types: int) -> NDArray[np.int64]:
    # In pieces: bincount copies its argument to 64 bits, twice the memory of the ids.
    counts = np.zeros(types, dtype=np.int64)
    for start in range(0, len(indices), _PIECE):
        counts += np.bincount(indices[start : start + _PIECE], minlength=types)
    return counts


def encode(stream: TokenStream, vocabulary: Vocabulary) -> NDArray[np.int32]:
    """The id of each token of a stream, shape `[tokens]`.

    Raises InputError naming a token of the stream that a closed vocabulary does not have.
    """
    return vocabulary.ids(stream.types)[stream.indices]
