"""The game of the laboratory of guessing: a key is a guess, Esc ends it."""

from __future__ import annotations

from collections import Counter
from math import inf, log2
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from seqtui.engine.labs.guess import CHOICES, MOST_TYPED, Figures, Score, choices_for
from seqtui.tui.foreign import token_symbol
from seqtui.tui.numbers import probability, share
from seqtui.tui.panes.labs.picture import table_lines
from seqtui.tui.panes.labs.pictures.guess import score_rows
from seqtui.tui.translation import _
from seqtui.tui.widgets.dialogs import Dialog

LETTERS = "abcdefghi"
"""Keys of the choices, where the text cannot be typed."""


class GuessGame(Dialog[Score]):
    """One stretch of text, character by character; dismissed with the player's score."""

    BINDINGS: ClassVar = [Binding("escape", "leave", show=False)]
    DEFAULT_CSS = """
    GuessGame > .box { width: 78; max-width: 100%; }
    GuessGame .words { width: 100%; }
    GuessGame .last { color: $text-muted; }
    """

    def __init__(self, figures: Figures) -> None:
        super().__init__()
        self._figures = figures
        self._tokens = figures.corpus.training_vocabulary.tokens
        self._typed = len(self._tokens) <= MOST_TYPED
        self._guesses: list[int] = []
        """Of the characters that were hit."""
        self._tried: list[int] = []
        """Wrong guesses for the next one."""
        self._last = ""
        """What the rivals gave to the character that was hit last."""

    def compose(self) -> ComposeResult:
        """The text so far, what was tried, the scores, the keys."""
        with Vertical(classes="box"):
            yield Static("", classes="words text")
            yield Static("", classes="words tried")
            yield Static("", classes="words last")
            yield Static("", classes="words scores")
            yield Static("", classes="words keys")

    def on_mount(self) -> None:
        """Paint the words."""
        self.repaint()

    @property
    def score(self) -> Score:
        """How the player guessed so far."""
        return Score(_("you"), tuple(self._guesses))

    @property
    def over(self) -> bool:
        """Whether all characters were hit."""
        return len(self._guesses) == len(self._figures.hidden)

    @property
    def choices(self) -> tuple[int, ...]:
        """What is chosen from, where the text cannot be typed."""
        return () if self._typed or self.over else choices_for(self._figures, len(self._guesses))

    def repaint(self) -> None:
        """Paint every word, in the language of now."""
        figures, done = self._figures, len(self._guesses)
        title = _("letter {number} of {all}").format(
            number=min(done + 1, len(figures.hidden)), all=len(figures.hidden)
        )
        self.query_one(".box").border_title = Content(title)
        known = "".join(map(self._symbol, (*figures.seen, *figures.hidden[:done])))
        text = Content.assemble(known[-300:], ("" if self.over else "█", "reverse"))
        self.query_one(".text", Static).update(text)
        tried = _("tried: {tokens}").format(tokens=" ".join(map(self._symbol, self._tried)))
        if self.choices:
            tried += "\n" + "   ".join(
                f"{LETTERS[i]} {self._symbol(each)}" for i, each in enumerate(self.choices)
            )
        self.query_one(".tried", Static).update(Content(tried))
        self.query_one(".last", Static).update(Content(self._last))
        scores = [self.score, *(self._rival(i, done) for i in range(len(figures.rivals)))]
        lines = table_lines(score_rows(tuple(scores))) if done else []
        self.query_one(".scores", Static).update(Content("\n".join(["", *lines])))
        if self.over:
            needed = Counter(self._guesses)
            counts = " ".join(str(needed[i]) for i in range(1, max(needed) + 1))
            keys = _("all letters are hit; guesses needed 1, 2, 3 …: {counts}   esc back").format(
                counts=counts
            )
        elif self._typed:
            keys = _("a key guesses, enter is the line end   esc ends the game")
        else:
            keys = _("a to {last} choose one of {count}   esc ends the game").format(
                last=LETTERS[CHOICES - 1], count=CHOICES
            )
        self.query_one(".keys", Static).update(Content(keys))

    def _rival(self, number: int, done: int) -> Score:
        """A rival on what was hit so far, and not a letter further."""
        rival, given = self._figures.rivals[number], self._figures.given[number][:done]
        paid = [-log2(each) if each else inf for each in given]
        return Score(rival.name, rival.guesses[:done], sum(paid) / max(done, 1))

    def _symbol(self, token: int) -> str:
        return token_symbol(self._tokens[token], "char")

    def on_key(self, event: events.Key) -> None:
        """A key is a guess."""
        if self.over:
            return
        character = "\n" if event.key == "enter" else event.character
        if character is None or (character != "\n" and not event.is_printable):
            return
        event.stop()
        if self._typed:
            guessed = self._figures.corpus.training_vocabulary.id_of(character)
        elif character in LETTERS[: len(self.choices)]:
            guessed = self.choices[LETTERS.index(character)]
        else:
            guessed = None
        if guessed is not None and guessed not in self._tried:
            self._guess(guessed)

    def _guess(self, guessed: int) -> None:
        place = len(self._guesses)
        if guessed != self._figures.hidden[place]:
            self._tried.append(guessed)
        else:
            self._guesses.append(len(self._tried) + 1)
            self._tried = []
            names = [rival.name for rival in self._figures.rivals]
            given = [probability(each[place]) for each in self._figures.given]
            self._last = _("{token} was given {parts}; you hit {share} at once").format(
                token=self._symbol(guessed),
                parts=", ".join(f"{p} ({name})" for name, p in zip(names, given, strict=True)),
                share=share(self.score.first),
            )
        self.repaint()

    def action_leave(self) -> None:
        """End the game."""
        self.dismiss(self.score)
