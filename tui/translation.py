"""The one way a sentence for people comes to be in the user's language.

Catalogues are gettext's: `tui/locale/<language>/LC_MESSAGES/seqtui.mo`, chosen by LANGUAGE, LC_ALL,
LC_MESSAGES or LANG, or by `use` while the app runs. Without one, the source's English is shown.

- `_("sentence")` translates now: where something is painted or printed, never at import.
- `N_("sentence")` marks what a table holds; the painter calls `_` on it.
- `pgettext("train", "next")`, marked `NP_`, where one English word means two things.
- `ngettext("{count} line", "{count} lines", count)`, where a number decides the form.
- `shown_text(text)` for what a widget keeps: marked, a message with values, or made when shown.
- `localized(text)` for what comes from below the screen: a `UserMessage` or an error has its parts.

Sentences are whole: values go into named places with `str.format`, and translated fragments are
never joined to one sentence, since another language has another order of words. No translated text
is stored, compared or used as a key. `tests/pseudo_language.py` reads these calls from the source.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Callable
from pathlib import Path

from seqtui.corpora.errors import UserError, UserMessage, filled

DOMAIN = "seqtui"
LOCALE = Path(__file__).parent / "locale"
_CONTEXT = "\x04"
"""Separates a context and its message in gettext's catalogues."""


class _Catalogue:
    """The one that is in use."""

    texts: gettext.NullTranslations = gettext.NullTranslations()


def use(language: str | None = None, folder: Path = LOCALE) -> None:
    """Speak a language from now on; None for the one of the environment.

    What is on a screen must be painted again. click's own words follow, for they are looked up in
    the same catalogue.
    """
    names = [language] if language else None
    _Catalogue.texts = gettext.translation(DOMAIN, folder, names, fallback=True)
    if language:
        os.environ["LANGUAGE"] = language  # gettext's functions, which click calls, look there
    gettext.bindtextdomain(DOMAIN, str(folder))
    gettext.textdomain(DOMAIN)


def _(message: str) -> str:
    """A marked or literal message in the user's language; insert values afterwards."""
    if not message:
        return ""  # for which a catalogue gives its header
    text = _Catalogue.texts.gettext(message)
    return text.rpartition(_CONTEXT)[2] if text == message else text


def N_(message: str) -> str:  # noqa: N802 - gettext's usual name
    """The message as it is, marked to be translated where it is painted."""
    return message


def NP_(context: str, message: str) -> str:  # noqa: N802 - gettext's usual name
    """The same with a context, for `_` where it is painted."""
    return f"{context}{_CONTEXT}{message}"


def pgettext(context: str, message: str) -> str:
    """A message whose English means several things, in the user's language."""
    return _(NP_(context, message))


def ngettext(one: str, many: str, count: int) -> str:
    """The form for a number, in the user's language; the number is inserted afterwards."""
    return _Catalogue.texts.ngettext(one, many, count)


def localized(text: str | BaseException) -> str:
    """A text of the engine or a corpus, in the user's language, in one line.

    A text that is no `UserMessage` and the text of a foreign error are returned as they are. The
    result may hold foreign text: show it through `foreign.visible` like any other.
    """
    message = text.message if isinstance(text, UserError) else text
    if isinstance(message, UserMessage):
        values = {
            name: _Sentence(localized(value))
            if isinstance(value, UserMessage | UserError)
            else value
            for name, value in message.values.items()
        }
        if message.plural is not None:
            template = ngettext(message.template, message.plural, _number(values["count"]))
        else:
            template = _(message.template)
        message = filled(template, values)
    return " ".join(str(message).split())


class _Sentence(UserMessage):
    """A sentence that is translated, as a value of another."""


Text = str | Callable[[], str]
"""A text translated when it is shown: marked by `N_`, a message with its values, or made then."""


def shown_text(text: Text) -> str:
    """A text in the user's language."""
    if isinstance(text, UserMessage):
        return localized(text)
    return _(text) if isinstance(text, str) else text()


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


use()
