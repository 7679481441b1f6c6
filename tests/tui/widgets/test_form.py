"""A form shows words and keeps keys; its words follow the language."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from seqtui.tui.widgets import form as form_module
from seqtui.tui.widgets.form import Field, Form

FIELDS = (
    Field("tied", "tied", "one matrix", ("no", "yes"), words={"no": "no", "yes": "yes"}),
    Field("hidden", "hidden size", "units"),
)


def play_in_form(play: Callable[[Form, Pilot[None]], Awaitable[None]]) -> None:
    class OneForm(App[None]):
        def compose(self) -> ComposeResult:
            yield Form(FIELDS, {"tied": "no", "hidden": "8"})

    async def run() -> None:
        app = OneForm()
        async with app.run_test(size=(40, 8)) as pilot:
            app.query_one(Form).focus()
            await pilot.pause()
            await play(app.query_one(Form), pilot)

    asyncio.run(run())


def test_a_choice_of_words_is_kept_by_its_key_and_not_typed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chinese = {"yes": "是", "no": "否", "tied": "共享", "hidden size": "隐藏单元"}
    monkeypatch.setattr(form_module, "_", lambda text: chinese.get(text, text))

    async def play(form: Form, pilot: Pilot[None]) -> None:
        await pilot.press("right")
        assert form.values["tied"] == "yes"
        assert "是" in form.render().plain
        await pilot.press("enter")
        assert form.values["tied"] == "no"
        assert len(pilot.app.screen_stack) == 1

    play_in_form(play)


def test_values_are_aligned_in_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    chinese = {"tied": "共享", "hidden size": "隐藏单元"}
    monkeypatch.setattr(form_module, "_", lambda text: chinese.get(text, text))

    async def play(form: Form, pilot: Pilot[None]) -> None:
        first, second = form.render().plain.splitlines()
        assert cell_len(first[: first.index("no")]) == cell_len(second[: second.index("8")])

    play_in_form(play)
