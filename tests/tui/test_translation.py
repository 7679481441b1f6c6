"""Sentences in another language: marked, with context, in plural, and from below the screen."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from seqtui.corpora.errors import InputError, UserMessage, plural_message
from seqtui.tui import translation
from seqtui.tui.translation import N_, NP_, _, localized, ngettext, pgettext, shown_text


@pytest.fixture
def german(tmp_path: Path) -> Iterator[None]:
    """A catalogue of a few sentences, in use while a test runs."""
    catalogue = Catalog(locale="de")
    for text, translated, context in [
        ("open", "öffnen", "corpus"),
        ("open", "aufklappen", "n-gram"),
        ("quit", "beenden", None),
        ("--order {order}: choose 1 to {most}", "--order {order}: wähle 1 bis {most}", None),
        ("{path}: {reason}", "{path}, nämlich: {reason}", None),
    ]:
        catalogue.add(text, translated, context=context)
    catalogue.add(("{count} token", "{count} tokens"), ("{count} Zeichen", "{count} Zeichen!"))
    target = tmp_path / "de" / "LC_MESSAGES" / "seqtui.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, catalogue)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANGUAGE", "")
        translation.use("de", tmp_path)
        yield
    translation.use()


def test_without_a_catalogue_the_source_speaks() -> None:
    assert _("quit") == "quit"
    assert pgettext("corpus", "open") == _(NP_("corpus", "open")) == "open"
    assert ngettext("{count} token", "{count} tokens", 2).format(count=2) == "2 tokens"
    assert _("") == ""


@pytest.mark.usefixtures("german")
def test_what_a_table_marks_is_translated_where_it_is_painted() -> None:
    assert N_("quit") == "quit"
    assert _(N_("quit")) == "beenden"
    assert [_(NP_("corpus", "open")), _(NP_("n-gram", "open"))] == ["öffnen", "aufklappen"]
    assert pgettext("corpus", "open") == "öffnen"
    assert ngettext("{count} token", "{count} tokens", 2) == "{count} Zeichen!"
    assert _("") == ""


@pytest.mark.usefixtures("german")
def test_an_error_keeps_its_parts() -> None:
    inner = InputError("--order {order}: choose 1 to {most}", option="order", order=11, most=10)
    outer = InputError("{path}: {reason}", path="a.json", reason=inner)
    assert (str(inner), inner.option) == ("--order 11: choose 1 to 10", "order")
    assert str(outer) == "a.json: --order 11: choose 1 to 10"
    assert localized(outer) == "a.json, nämlich: --order 11: wähle 1 bis 10"
    assert localized(plural_message("{count} token", "{count} tokens", count=1)) == "1 Zeichen"
    assert localized("of a stranger") == "of a stranger"
    assert localized(OSError("disk full")) == "disk full"


def test_a_message_is_its_english_text() -> None:
    message = UserMessage("{path}: {count} lines", path="a{b}", count=3)
    assert message == "a{b}: 3 lines"
    assert (message.template, dict(message.values)) == (
        "{path}: {count} lines",
        {"path": "a{b}", "count": 3},
    )
    assert UserMessage("{braces} stay") == "{braces} stay"
    assert copy.deepcopy(message).values == message.values
    assert str(InputError("two\n lines")) == "two lines"
    assert plural_message("{count} line", "{count} lines", count=2) == "2 lines"


@pytest.mark.usefixtures("german")
def test_a_kept_text_is_shown_in_the_language_of_now() -> None:
    message = UserMessage("{path}: {reason}", path="a", reason="b")
    texts = [N_("quit"), message, lambda: _("quit") + "!"]
    assert [shown_text(text) for text in texts] == ["beenden", "a, nämlich: b", "beenden!"]


def test_a_long_value_is_quoted_in_part_and_a_sentence_whole() -> None:
    inner = UserMessage("{path} is no text", path="/" + "a" * 10_000)
    error = InputError("--corpus {value!r}: {reason}", value="x" * 10_000, reason=inner)
    for text in (str(error), localized(error)):
        assert text.startswith("--corpus 'xxx")
        assert text.endswith("aaa is no text")
        assert 800 < len(text) < 900
    assert len(str(InputError("--order {order}: too high", order=10**4_000))) < 450
