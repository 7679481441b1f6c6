"""The line that is typed into: what is refused and said, what is drawn, what a paste keeps."""

from __future__ import annotations

import asyncio
import random
import unicodedata
from collections.abc import Awaitable, Callable

import pytest
from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from seqtui.tui.widgets.prompt import LONGEST_REASON, LONGEST_TEXT, Prompt, TypedLine, Validate


class OnePrompt(App[None]):
    """An app that asks one thing."""

    def __init__(self, prompt: Prompt) -> None:
        super().__init__()
        self.prompt = prompt
        self.answers: list[str | None] = []

    def on_mount(self) -> None:
        self.push_screen(self.prompt, self.answers.append)

    async def paste(self, text: str) -> None:
        self.screen.query_one(TypedLine).take(events.Paste(text))

    def seen(self) -> str:
        lines = self.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in lines)

    def reason(self) -> str:
        return str(self.screen.query_one(".reason", Static).render())


def play(
    asking: Callable[[OnePrompt, Pilot[None]], Awaitable[None]],
    value: str = "",
    validate: Validate | None = None,
) -> list[str | None]:
    async def run() -> list[str | None]:
        app = OnePrompt(Prompt("name", value, "hint", validate))
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            await asking(app, pilot)
        return app.answers

    return asyncio.run(run())


def whole(value: str) -> str | None:
    return None if int(value) > 0 else "must be positive"


@pytest.mark.parametrize("value", ["9" * 4_301, "-", "", "1e400"])
def test_what_a_validator_cannot_read_is_refused(value: str) -> None:
    async def asking(app: OnePrompt, pilot: Pilot[None]) -> None:
        await app.paste(value)
        await pilot.press("enter")
        assert "cannot be read" in app.reason()
        assert len(app.reason()) < LONGEST_REASON

    assert play(asking, validate=whole) == []


def test_a_reason_that_repeats_the_input_leaves_the_screen_readable() -> None:
    async def asking(app: OnePrompt, pilot: Pilot[None]) -> None:
        await app.paste("x" * LONGEST_TEXT)
        await pilot.press("enter")
        assert app.reason().startswith("✗ no such thing: xxx")
        assert app.reason().endswith("xxx")
        assert len(app.reason()) <= LONGEST_REASON + 2

    assert play(asking, validate=lambda value: f"no such thing: {value}") == []


def test_a_paste_of_several_lines_is_kept_with_its_line_ends() -> None:
    async def asking(app: OnePrompt, pilot: Pilot[None]) -> None:
        await app.paste("one\r\ntwo\rthree")
        await pilot.pause()
        assert "one␊two␊three" in app.seen()
        await pilot.press("enter")

    assert play(asking) == ["one\ntwo\nthree"]


def test_the_end_of_a_single_pasted_line_is_no_part_of_it() -> None:
    async def asking(app: OnePrompt, pilot: Pilot[None]) -> None:
        await app.paste("book.txt\n")
        await pilot.press("enter")

    assert play(asking) == ["book.txt"]


def test_a_paste_that_is_too_long_is_not_taken_and_said() -> None:
    async def asking(app: OnePrompt, pilot: Pilot[None]) -> None:
        await app.paste("y" * (LONGEST_TEXT + 1))
        await pilot.pause()
        assert app.reason().startswith(f"✗ {LONGEST_TEXT + 1:,} characters are too much")
        await pilot.press("enter")

    assert play(asking, "kept") == ["kept"]


def test_what_is_pasted_is_drawn_and_never_obeyed() -> None:
    raw = "0.1\x1f\x1b[2J\x9b\u202e\u200d" + "e" + "\u0301" * 100

    async def asking(app: OnePrompt, pilot: Pilot[None]) -> None:
        await app.paste(raw)
        await pilot.pause()
        assert "0.1␟␛[2J␦␦·e" in app.seen()
        assert not set("\x1f\x1b\x9b\u202e\u200d") & set(app.seen())
        assert app.seen().count("\u0301") <= 8
        line = app.screen.query_one(TypedLine)
        # Each sign has its cell, so that the cursor stands where it is drawn.
        assert line._position_to_cell(9) == 9
        assert line._cell_offset_to_index(9) == 9
        await pilot.press("enter")

    assert play(asking) == [raw]


def test_nothing_of_what_is_typed_is_obeyed_by_the_terminal() -> None:
    """Three hundred texts of the characters that act, hide or pile up."""
    nasty = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), "\u202e", "\u2066", "\u2028"]
    nasty += ["\u0301", "\u200d", "\ufe0f", "\u1161", "\ud800", "\U000e0041", "a", "文", "👩"]
    chance = random.Random(0)

    async def asking(app: OnePrompt, pilot: Pilot[None]) -> None:
        line = app.screen.query_one(TypedLine)
        for _number in range(300):
            text = "".join(chance.choices(nasty, k=chance.randrange(1, 60)))
            line.value = ""
            await app.paste(text)
            drawn = line.render_line(0).text
            acting = {c for c in drawn if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")}
            assert not acting, ascii(text)
            assert not set(drawn) & set("\u202e\u2066\U000e0041")
            for place in range(len(line.value) + 1):
                assert 0 <= line._position_to_cell(place) <= 2 * len(line.value)

    assert play(asking) == []
