"""What to know about a corpus before using it: a guess that was made, what a text holds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from seqtui.corpora import words
from seqtui.corpora.cleaning import Cleaned
from seqtui.corpora.errors import UserMessage, plural_message
from seqtui.corpora.gutenberg import Unframed
from seqtui.corpora.options import BY_WORDS, CorpusOptions
from seqtui.corpora.reading import Text
from seqtui.corpora.tokenizing import TokenStream
from seqtui.corpora.vocabulary import BEGIN, END, UNKNOWN

_HTML = re.compile(r"\s*(?:<!DOCTYPE html|<html\b|<\?xml\b)", re.IGNORECASE)
_LINE_ENDS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = re.compile("[\xad\u200b\u2060\ufeff]")


def notices(
    text: Text,
    options: CorpusOptions,
    unframed: Unframed | None,
    cleaned: Cleaned,
    stream: TokenStream,
) -> tuple[UserMessage, ...]:
    """One line for each thing; `unframed` is what stripping the frame gave, if it was asked for."""
    return (
        *_of_encoding(text),
        *(_of_frame(unframed) if unframed is not None else ()),
        *_of_cleaning(options, cleaned),
        *_of_words(options, cleaned, stream),
        *_of_marks(options, cleaned, stream),
        *_of_lines(options, cleaned, stream),
        *_of_characters(text.text, options, stream),
    )


def cleaning_remedy(cleaning: str) -> UserMessage:
    """What to take where a cleaning removes too much."""
    if cleaning in ("letters", "letters-joined"):
        return UserMessage("--clean unicode-letters keeps the letters of every script")
    return UserMessage("--clean none keeps all")


def percent(share: float) -> str:
    """A share in percent, with as many digits as tell it from none and from all."""
    for digits in range(4):
        text = f"{share:.{digits}%}"
        if float(text[:-1]) not in (0, 100) or share in (0, 1):
            return text
    return text


def _of_encoding(text: Text) -> Iterator[UserMessage]:
    if text.guessed:
        yield UserMessage(
            "read as {encoding}: a guess, by how usual its characters are; if the text looks "
            "wrong, name its --encoding",
            encoding=text.encoding,
        )
    if "\ufffd" in text.text:
        yield plural_message(
            "U+FFFD occurs {count:,} time: what stood there was lost when the file was made",
            "U+FFFD occurs {count:,} times: what stood there was lost when the file was made",
            count=text.text.count("\ufffd"),
        )
    if _HTML.match(text.text):
        yield UserMessage(
            "the file is HTML or XML: its tags are part of the text; take its text first, as by "
            "pandoc -t plain"
        )


def _of_frame(unframed: Unframed) -> Iterator[UserMessage]:
    if not unframed.has_start and not unframed.has_end:
        yield UserMessage("--strip-gutenberg: no mark of Project Gutenberg is in this text")
    elif not unframed.has_end:
        yield plural_message(
            "--strip-gutenberg cut {count:,} line at the start; no mark of the end was found",
            "--strip-gutenberg cut {count:,} lines at the start; no mark of the end was found",
            count=unframed.before,
        )
    elif not unframed.has_start:
        yield plural_message(
            "--strip-gutenberg cut {count:,} line at the end; no mark of the start was found",
            "--strip-gutenberg cut {count:,} lines at the end; no mark of the start was found",
            count=unframed.after,
        )
    elif unframed.between:
        yield UserMessage(
            "--strip-gutenberg cut {before:,} lines at the start, {after:,} at the end and "
            "{between:,} between the texts",
            before=unframed.before,
            after=unframed.after,
            between=unframed.between,
        )
    else:
        yield UserMessage(
            "--strip-gutenberg cut {before:,} lines at the start and {after:,} at the end",
            before=unframed.before,
            after=unframed.after,
        )


def _of_cleaning(options: CorpusOptions, cleaned: Cleaned) -> Iterator[UserMessage]:
    if cleaned.removed > 0.5:
        yield UserMessage(
            "--clean {cleaning} removed {share} of the characters: {remedy}",
            cleaning=options.cleaning,
            share=percent(cleaned.removed),
            remedy=cleaning_remedy(options.cleaning),
        )


def _of_words(
    options: CorpusOptions, cleaned: Cleaned, stream: TokenStream
) -> Iterator[UserMessage]:
    if options.tokenizer != "word" or not any(map(words.has_han, stream.types)):
        return
    if words.segmenter() is None and words.needs_segmenter(cleaned.text):
        yield UserMessage(
            "without rjieba each Han character is a word: pip install 'seqtui[zh]' segments"
        )


def _of_marks(
    options: CorpusOptions, cleaned: Cleaned, stream: TokenStream
) -> Iterator[UserMessage]:
    """What `<s>`, `</s>` and `<unk>` in the text itself mean (docs/definitions.md)."""
    if options.tokenizer not in BY_WORDS:
        marks = [mark for mark in (BEGIN, END, UNKNOWN) if mark in cleaned.text]
        if marks:
            yield UserMessage(
                "{marks} in the text is read letter by letter: --tokenizer word makes it one token",
                marks=", ".join(marks),
            )
        return
    marks = [mark for mark in (BEGIN, END) if mark in stream.types]
    if marks and options.boundaries == "line":
        yield UserMessage(
            "{marks} in the text begins or ends a sentence where it stands, as a line end does",
            marks=", ".join(marks),
        )
    elif marks:
        yield UserMessage(
            "{marks} in the text is a word like any other in one stream: --boundaries line makes "
            "it a mark",
            marks=", ".join(marks),
        )
    if UNKNOWN in stream.types and options.vocabulary == "open":
        yield UserMessage("<unk> in the text is the unknown word, and is counted as such")


def _of_lines(
    options: CorpusOptions, cleaned: Cleaned, stream: TokenStream
) -> Iterator[UserMessage]:
    if options.boundaries != "line":
        return
    # A final line end ends the last line and begins no other.
    lines = len(cleaned.line_starts) - cleaned.text.endswith("\n")
    if empty := lines - len(stream.line_starts):
        yield plural_message(
            "{count:,} line has no token and makes no sentence",
            "{count:,} lines have no token and make no sentence",
            count=empty,
        )
    if found := len(_LINE_ENDS.findall(cleaned.text)):
        yield plural_message(
            "{count:,} character that some programs take for a line end (U+2028, form feed) "
            "ends no line here",
            "{count:,} characters that some programs take for line ends (U+2028, form feed) end "
            "no line here",
            count=found,
        )


def _of_characters(text: str, options: CorpusOptions, stream: TokenStream) -> Iterator[UserMessage]:
    if options.cleaning != "none" or options.tokenizer == "byte":
        return
    characters = set(stream.types) if options.tokenizer == "char" else set().union(*stream.types)
    invisible = sorted(each for each in characters if _INVISIBLE.match(each))
    if invisible:
        yield UserMessage(
            "the text holds characters that cannot be seen ({names}): each is a token or part of "
            "one",
            names=", ".join(f"U+{ord(each):04X}" for each in invisible),
        )
    if any(map(unicodedata.combining, characters)) and not unicodedata.is_normalized("NFC", text):
        yield UserMessage(
            "letters and their accents are separate characters here (not NFC), so that é may be "
            "two: uconv -x nfc, or Python's unicodedata.normalize, composes them"
        )
