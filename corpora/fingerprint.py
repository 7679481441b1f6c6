"""Short hashes by which two texts, vocabularies or corpora are known to be the same."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEX_DIGITS = 16
"""64 bits: two of a million different texts share a fingerprint with probability 3e-8."""

_PIECE = 1 << 22
"""Characters encoded at a time, so that hashing 100 MB does not copy 100 MB."""


def fingerprint(*parts: str | int | bool) -> str:
    """The first 16 hex digits of a sha256 over the parts, each with its kind and length."""
    digest = hashlib.sha256()
    for part in parts:
        text = part if isinstance(part, str) else repr(part)
        digest.update(f"{type(part).__name__} {len(text)}\n".encode())
        for start in range(0, len(text), _PIECE):
            digest.update(text[start : start + _PIECE].encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:HEX_DIGITS]


def digest(numbers: NDArray[Any]) -> str:
    """The same of whole numbers of a fixed width, in the order of the machine's bytes."""
    return hashlib.sha256(numbers.tobytes()).hexdigest()[:HEX_DIGITS]
