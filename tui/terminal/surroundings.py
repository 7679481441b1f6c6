"""What the environment says of the terminal, and what to do where it does not fit the app."""

from __future__ import annotations

from seqtui.corpora.errors import UserMessage

_NO_TERMINAL = ("", "dumb", "unknown")


def encoding_remedy(encoding: str | None) -> UserMessage | None:
    """What to do about a locale whose encoding is not UTF-8; None for UTF-8, or if unknown."""
    if (encoding or "").lower().replace("-", "").replace("_", "") in ("utf8", ""):
        return None
    return UserMessage(
        "the locale's encoding is {encoding}, not UTF-8: export LC_ALL=C.UTF-8", encoding=encoding
    )


def can_draw(term: str | None) -> bool:
    """Whether TERM names a terminal on which one can draw."""
    return (term or "") not in _NO_TERMINAL
