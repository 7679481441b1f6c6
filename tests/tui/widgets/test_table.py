"""The table makes only the rows that are on screen, however many there are."""

from __future__ import annotations

import asyncio

from textual.app import App, ComposeResult

from seqtui.tui.cells import fit
from seqtui.tui.widgets.table import Column, Row, Table

ROWS = 2_000_000


class Tabled(App[None]):
    """A table alone."""

    def __init__(self) -> None:
        super().__init__()
        self.made: set[int] = set()

    def compose(self) -> ComposeResult:
        yield Table((Column("n", 9), Column("text", 0, "left", stretch=True)), "nothing here")

    def row(self, index: int) -> Row:
        self.made.add(index)
        return f"{index:,}", f"row {index}"

    def screen_text(self) -> str:
        strips = self.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def test_of_two_million_rows_only_those_on_screen_are_made() -> None:
    async def play() -> None:
        app = Tabled()
        async with app.run_test(size=(40, 12)) as pilot:
            table = app.query_one(Table)
            table.show(ROWS, app.row)
            table.focus()
            await pilot.pause()
            assert "1" in app.screen_text()
            await pilot.press("G")
            await pilot.pause()
            assert f"row {ROWS - 1}" in app.screen_text()
            assert app.screen_text().splitlines()[0].split() == ["n", "text"]
            await pilot.press("g")
            await pilot.press(*["j"] * 30)
            await pilot.pause()
            assert "row 30" in app.screen_text()
            assert len(app.made) < 200

    asyncio.run(play())


def test_the_cursor_stays_in_view_under_the_fixed_header() -> None:
    async def play() -> None:
        app = Tabled()
        async with app.run_test(size=(40, 12)) as pilot:
            table = app.query_one(Table)
            table.show(ROWS, app.row)
            table.focus()
            keys = [
                "pagedown",
                "pagedown",
                *["up"] * 12,
                "G",
                "pageup",
                "k",
                "g",
                "pagedown",
                "home",
            ]
            for key in keys:
                await pilot.press(key)
                lines = app.screen_text().splitlines()
                assert lines[0].split() == ["n", "text"]
                assert any(f"row {table.cursor} " in line for line in lines[1:]), key
            assert table.cursor == 0
            await pilot.press("end")
            table.show(5, app.row, cursor=9)
            await pilot.pause()
            assert table.cursor == 4
            assert "row 4 " in app.screen_text()
            await pilot.resize_terminal(20, 3)
            await pilot.press("up")
            assert "row 3 " in app.screen_text()

    asyncio.run(play())


def test_an_empty_table_says_what_to_do() -> None:
    async def play() -> None:
        app = Tabled()
        async with app.run_test(size=(40, 12)) as pilot:
            app.query_one(Table).show(0, app.row, empty="press o to open")
            await pilot.pause()
            assert "press o to open" in app.screen_text()
            app.query_one(Table).show(0, app.row, empty="no row holds this text; esc shows all")
            await pilot.resize_terminal(22, 12)
            await pilot.pause()
            assert "esc shows all" in app.screen_text()

    asyncio.run(play())


def test_cells_are_cut_and_padded_to_terminal_cells() -> None:
    assert fit("abc", 5, "right") == "  abc"
    assert fit("abcdef", 4, "left") == "abc…"
    assert fit("时间机器", 5, "left") == "时间…"
    assert fit("时间", 5, "right") == " 时间"
