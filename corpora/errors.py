"""The errors every layer shares: bad input, and work that was cancelled.

A sentence for people from below the screen is a `UserMessage`: English text that keeps the parts it
was made of, so that the screen can show it in another language. Log files, metrics and JSON hold
the English.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from string import Formatter
from typing import Any

LONGEST_QUOTED = 400
"""Characters of one value in a sentence for people; more would fill the screen."""
_END = 80
"""Of these, so many are the end of the value."""


def shortened(text: str, longest: int = LONGEST_QUOTED) -> str:
    """A text of at most that length: of a longer one the beginning and the end around `…`."""
    if len(text) <= longest:
        return text
    return f"{text[: longest - _END - 1]}…{text[-_END:]}"


class _Quoting(Formatter):
    """`str.format` that shortens each value, but not a sentence among them."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, UserMessage | UserError):
            return str(value)
        return shortened(format(value, format_spec))


def filled(template: str, values: Mapping[str, object]) -> str:
    """A template with its values; one that is foreign and long is quoted in part."""
    return _Quoting().vformat(template, (), values) if values else template


class UserMessage(str):
    """A sentence for people: `UserMessage("{path}: {count} lines", path=path, count=3)`.

    As a text it is the English sentence. `template` is what a catalogue of translations has; the
    values are put in afterwards, and may be messages or errors themselves. Without values the
    template is taken as it is, braces and all.
    """

    template: str
    """The English sentence with its places in braces, a literal of the source."""
    plural: str | None
    """The same for any `count` but 1; None where one sentence serves all."""
    values: Mapping[str, object]
    """The values of the places."""

    def __new__(cls, template: str, /, **values: object) -> UserMessage:
        """The sentence of a literal template and the values for its places."""
        return cls._made(template, None, values)

    @classmethod
    def _made(cls, template: str, plural: str | None, values: Mapping[str, object]) -> UserMessage:
        chosen = template if plural is None or values["count"] == 1 else plural
        message = super().__new__(cls, filled(chosen, values))
        message.template, message.plural, message.values = template, plural, values
        return message

    def __getnewargs__(self) -> tuple[str]:
        """A copy is made of the finished text; template and values follow as attributes."""
        return (str(self),)


def plural_message(one: str, many: str, /, count: int, **values: object) -> UserMessage:
    """`plural_message("{count} line", "{count} lines", count=3)`: the sentence for a number."""
    return UserMessage._made(one, many, {"count": count, **values})


class UserError(Exception):
    """An error whose text is made to be read by people, in one line."""

    def __init__(self, message: str, /, **values: object) -> None:
        made = UserMessage(message, **values) if values else message
        super().__init__(" ".join(made.split()))
        self.message = made if isinstance(made, UserMessage) else UserMessage(made)
        """The line with its parts."""


class InputError(UserError, ValueError):
    """Bad input: one line that names the option, the value and the remedy.

    Raised anywhere below the screen for what the user can fix (a file, an option, a run
    that does not fit). The command line prints it and exits with code 2; the app shows it
    where the input was given. Everything else that is raised is a failure (exit code 1).

        raise InputError("--order {order}: choose 1 to {most}", option="order", order=11, most=10)
    """

    def __init__(self, message: str, /, *, option: str | None = None, **values: object) -> None:
        super().__init__(message, **values)
        self.option = option
        """The setting at fault, named as the attribute of `RunConfig` or `CorpusOptions` or as the
        option of a command, with underscores; None where it is none of these."""


def flag(option: str) -> str:
    """An option as it is typed: `--learning-rate` for learning_rate."""
    return "--" + option.replace("_", "-")


class Cancelled(Exception):
    """Long work was ended by its `on_progress` returning False; nothing is wrong."""


_REMEDIES = {
    **dict.fromkeys(
        (errno.EACCES, errno.EPERM, errno.EROFS),
        UserMessage("change its permissions, or choose another place"),
    ),
    **dict.fromkeys(
        (errno.ENOSPC, errno.EDQUOT), UserMessage("make room there, or choose another place")
    ),
    errno.ENAMETOOLONG: UserMessage("choose a shorter name"),
    errno.ELOOP: UserMessage("a link there leads to itself"),
    errno.EISDIR: UserMessage("name a file in it"),
    errno.ENOTDIR: UserMessage("a part of the path is a file"),
}
"""What to do about what the system refuses."""


def system_message(error: OSError) -> UserMessage | None:
    """`/data/runs: Permission denied; change its permissions, or ...`; None without a file."""
    if not isinstance(error.filename, str | bytes) or not error.strerror:
        return None
    path = error.filename if isinstance(error.filename, str) else repr(error.filename)
    remedy = _REMEDIES.get(error.errno or 0)
    if remedy is None:
        return UserMessage("{path}: {reason}", path=path, reason=error.strerror)
    return UserMessage(
        "{path}: {reason}; {remedy}", path=path, reason=error.strerror, remedy=remedy
    )


class EndedBySignal(SystemExit):
    """A signal ends the process: whoever turns what others raise into errors lets this pass."""
