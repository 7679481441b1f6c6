"""The Generate pane: what a model writes, and how sure it was of each token."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from seqtui.corpora.errors import InputError
from seqtui.engine.configuration import NEURAL_MODELS
from seqtui.tui.actions import bindings_of
from seqtui.tui.foreign import token_symbol, visible, visible_lines
from seqtui.tui.form import Field, Form
from seqtui.tui.frame import Line
from seqtui.tui.numbers import count, fixed, probability
from seqtui.tui.panes.authors import Author, Writing, count_author, load_author
from seqtui.tui.panes.pane import Pane
from seqtui.tui.panes.run_list import RunList
from seqtui.tui.table import Column, Row, Table
from seqtui.tui.tasks import Task
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.engine.generation import Generated, SamplingOptions
    from seqtui.engine.runs import Run
    from seqtui.tui.session import KeepGoing

LONGEST = 5_000
"""Tokens of one text; more belongs on the command line."""
SURE, DOUBTFUL = 0.5, 0.05
"""Above the one a token is plain, below the other it stands out."""
FIELDS = (
    Field("prefix", _("prefix"), _("the model is warmed up with this text")),
    Field("tokens", _("tokens"), _("how many to write, 1 to 5,000")),
    Field("temperature", _("temperature"), _("divides the log probabilities; 0 the likeliest")),
    Field("top_k", "top-k", _("draw among so many of the likeliest; 0 among all")),
    Field("top_p", "top-p", _("draw among the fewest that hold this probability")),
    Field("seed", _("seed"), _("equal seeds write equal texts")),
)
DEFAULTS = {
    "prefix": "",
    "tokens": "300",
    "temperature": "0.8",
    "top_k": "0",
    "top_p": "1.0",
    "seed": "0",
}


class GeneratePane(Pane):
    """Settings and candidates on the left; the text and its tokens on the right."""

    BINDINGS: ClassVar = bindings_of("generate")
    DEFAULT_CSS = """
    GeneratePane #writer-side { width: 32; height: 1fr; border-right: solid $panel; }
    GeneratePane #author { padding: 0 1; text-style: bold; }
    GeneratePane Form { padding: 0; }
    GeneratePane #considered {
        height: 1fr; padding: 0 1; border-top: solid $panel; border-title-color: $text-muted;
    }
    GeneratePane #text-scroll { height: 1fr; scrollbar-size-vertical: 1; padding: 0 1; }
    GeneratePane #text { height: auto; }
    GeneratePane #written {
        height: 35%; min-height: 6; padding: 0 1;
        border-top: solid $panel; border-title-color: $text-muted;
    }
    GeneratePane #writing-summary { padding: 0 1; color: $text-muted; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._author: Author | None = None
        self._of_corpus: Corpus | None = None
        """The corpus whose n-gram model writes; None when a run was chosen."""
        self._chosen_run: str | None = None
        self._writing: Writing | None = None
        self._work: Task[None] | None = None
        self._drawn = -1
        self._began = 0.0
        self._took = 0.0
        self._message = ""

    def compose(self) -> ComposeResult:
        """Who writes, the settings, what was considered; the text and its tokens."""
        with Horizontal():
            with Vertical(id="writer-side"):
                yield Line(id="author")
                validate = {
                    field.name: self._refusal(field.name)
                    for field in FIELDS
                    if field.name != "prefix"
                }
                yield Form(FIELDS, DEFAULTS, validate, id="writing-settings")
                considered = Static("", id="considered")
                considered.border_title = _("considered for this token")
                yield considered
            with Vertical():
                with VerticalScroll(id="text-scroll", can_focus=False):
                    yield Static(Content(_("w writes a text, n one token of it.")), id="text")
                table = Table(
                    (
                        Column("#", 5),
                        Column(_("token"), 0, "left", stretch=True),
                        Column("P", 6),
                        Column(_("bits"), 5),
                        Column(_("rank"), 5),
                    ),
                    _("Nothing written yet: w writes."),
                    id="written",
                )
                table.border_title = _("how sure it was of each token")
                yield table
        yield Line(id="writing-summary")

    def on_mount(self) -> None:
        """Look for new tokens four times a second."""
        self.set_interval(0.25, self._draw)

    def focus_first(self) -> None:
        """Focus the settings at first."""
        self.focus_remembered(self._form)

    @property
    def _form(self) -> Form:
        return self.query_one(Form)

    @property
    def _table(self) -> Table:
        return self.query_one("#written", Table)

    # Who writes.

    def refresh_from_session(self) -> None:
        """Take the run that trained last, else the n-gram model of the corpus."""
        corpus, last = self.seqtui.corpus, self.session.last_run
        if last is not None and last != self._chosen_run and self.session.training is None:
            self._chosen_run = last
            self._load(last)
        elif self._chosen_run is None and corpus is not None and corpus is not self._of_corpus:
            self._count(corpus)

    def _count(self, corpus: Corpus) -> None:
        self._of_corpus, self._chosen_run = corpus, None
        self._tell_author(_("counting …"))
        self.seqtui.in_background(_("counting"), count_author, corpus, then=self._take_author)

    def _load(self, source: str) -> None:
        """Load a run: a network on the engine's thread, an n-gram model on the other."""
        from seqtui.engine.runs import open_run

        try:
            run = open_run(source)
        except InputError as error:
            self.seqtui.show_error(error)
            return
        neural = run.config.model in NEURAL_MODELS
        if neural and self.session.training is not None:
            self._tell_author(_("waits for the run to end; w in Train samples it"))
        else:
            self._tell_author(_("loading {name} …").format(name=visible(run.name)))

        def load(keep_going: KeepGoing) -> Author:
            return load_author(run)

        worker = self.session.engine_worker if neural else self.session.text_worker
        self.seqtui.in_background(
            _("loading"), load, then=self._take_author, failed=self._failed, worker=worker
        )

    def _take_author(self, author: Author) -> None:
        self._halt()
        self._author = author
        self._writing = None
        self._tell_author(author.name)

    def _tell_author(self, name: str) -> None:
        self.query_one("#author", Line).show(Content(visible(name)))

    def action_model(self) -> None:
        """List the runs, to choose who writes."""

        def find(keep_going: KeepGoing) -> list[Run]:
            from seqtui.engine.runs import list_runs

            return list_runs()

        def choose(runs: list[Run]) -> None:
            corpus = self.seqtui.corpus
            counted = _("counted from {name}, always there").format(
                name=visible(corpus.name) if corpus else ""
            )
            self.app.push_screen(RunList(runs, counted), self._choose)

        self.seqtui.in_background(_("listing runs"), find, then=choose)

    def _choose(self, chosen: Run | str | None) -> None:
        if chosen is None:
            return
        if isinstance(chosen, str):
            if self.seqtui.corpus is not None:
                self._count(self.seqtui.corpus)
            return
        self._chosen_run = str(chosen.path)
        self._load(self._chosen_run)

    # Settings.

    def _refusal(self, name: str) -> Callable[[str], str | None]:
        def refuse(value: str) -> str | None:
            try:
                self._sampling({**self._form.values, name: value})
            except InputError as error:
                return str(error)
            return None

        return refuse

    def _sampling(self, values: dict[str, str]) -> tuple[int, SamplingOptions]:
        """Tokens and options; raises InputError naming the field that will not do."""
        from seqtui.engine.generation import SamplingOptions

        numbers: dict[str, float] = {}
        for name, kind in (
            ("tokens", int),
            ("temperature", float),
            ("top_k", int),
            ("top_p", float),
            ("seed", int),
        ):
            try:
                numbers[name] = kind(values[name].strip())
            except ValueError:
                label = name.replace("_", "-")
                raise InputError(f"{label} {values[name]}: must be a number") from None
        if not 1 <= numbers["tokens"] <= LONGEST:
            raise InputError(f"tokens {values['tokens']}: choose 1 to {LONGEST:,}")
        return int(numbers["tokens"]), SamplingOptions(
            temperature=numbers["temperature"],
            top_k=int(numbers["top_k"]),
            top_p=numbers["top_p"],
            seed=int(numbers["seed"]),
        )

    def action_prefix(self) -> None:
        """Type the prefix."""
        self._form.edit("prefix")

    def action_temperature(self) -> None:
        """Type the temperature."""
        self._form.edit("temperature")

    # Writing.

    def action_write(self) -> None:
        """Write a text after the prefix, from its start."""
        if self._author is None:
            return
        self._halt()
        self._write(Writing(self._author, self._form.values["prefix"]))

    def action_step(self) -> None:
        """Write one more token, going on from where the text stands."""
        from dataclasses import replace

        if self._author is None or self._busy:
            return
        writing = self._writing
        if writing is None or writing.before is None:
            writing = Writing(self._author, self._form.values["prefix"])
            self._write(writing, 1)
            return
        ids = [*writing.before, *(token.id for token in writing.tokens)]
        # Another seed for each token, or all of them would be drawn with the same number.
        one = Writing(writing.author, writing.prefix, ids)

        def run(keep_going: KeepGoing) -> None:
            _tokens, sampling = self._sampling(self._form.values)
            one.write(1, replace(sampling, seed=sampling.seed + len(ids)))
            writing.tokens.extend(one.tokens)

        self._submit(run)

    def _write(self, writing: Writing, tokens: int | None = None) -> None:
        try:
            wanted, sampling = self._sampling(self._form.values)
        except InputError as error:
            self.seqtui.show_error(error)
            return
        self._writing, self._drawn, self._message = writing, -1, ""
        self._table.show(0, lambda row: ())

        def run(keep_going: KeepGoing) -> None:
            writing.write(tokens or wanted, sampling)

        self._submit(run)

    def _submit(self, run: Callable[[KeepGoing], None]) -> None:
        self._began = time.monotonic()

        def done(result: None) -> None:
            self._took = time.monotonic() - self._began
            self._work = None
            self._draw()

        neural = self._author is not None and self._author.model.context is None
        worker = self.session.engine_worker if neural else self.session.text_worker
        self._work = self.seqtui.in_background(
            _("writing"), run, then=done, failed=self._failed, worker=worker
        )
        if neural and self.session.training is not None:
            self._message = _("waits until the run is over; w in Train samples it")

    def _failed(self, error: BaseException) -> None:
        from seqtui.engine.generation import GenerationEnded

        self._work = None
        if isinstance(error, GenerationEnded):
            self._message = str(error)
            self._draw()
        else:
            self.seqtui.show_error(error)

    @property
    def _busy(self) -> bool:
        return self._work is not None

    def _halt(self) -> None:
        if self._writing is not None:
            self._writing.stop()

    def action_halt(self) -> None:
        """Stop writing."""
        self._halt()

    # Drawing.

    def _draw(self) -> None:
        writing = self._writing
        if writing is None or self.seqtui.pane is not self:
            return
        written = list(writing.tokens)
        if len(written) != self._drawn:
            follow = self._table.cursor >= self._drawn - 1
            self._drawn = len(written)
            self.query_one("#text", Static).update(self._text(writing, written))
            self.query_one("#text-scroll", VerticalScroll).scroll_end(animate=False)
            tokens = writing.author.vocabulary.tokens
            cursor = len(written) - 1 if follow else self._table.cursor
            self._table.show(len(written), _row_of(written, tokens), cursor=cursor)
            self._tell_considered()
        self._tell_summary(writing, written)

    def _text(self, writing: Writing, written: list[Generated]) -> Content:
        tokens = writing.author.vocabulary.tokens
        before = [tokens[i] for i in writing.before or []]
        parts: list[Content] = []
        tokenizer = writing.author.options.tokenizer
        pieces = [(text, "bold") for text in _texts(before, [], tokenizer)]
        after = _texts([tokens[token.id] for token in written], before, tokenizer)
        pieces += [
            (text, _style(math.exp(token.log_prob)))
            for text, token in zip(after, written, strict=True)
        ]
        # Neighbours of one style are joined: fewer spans are quicker to wrap.
        for text, style in _joined(pieces):
            parts.append(Content.styled(visible_lines(text), style))
        return Content("").join(parts)

    def on_table_moved(self, event: Table.Moved) -> None:
        """Show what was considered for the token under the cursor."""
        self._tell_considered()

    def _tell_considered(self) -> None:
        writing, cursor = self._writing, self._table.cursor
        if writing is None or cursor >= len(writing.tokens):
            return
        token = writing.tokens[cursor]
        names = writing.author.vocabulary.tokens
        lines = [
            Content.assemble(
                ("▸" if each == token.id else " ", "$primary"),
                f"{token_symbol(names[each])[:10]:<10} {probability(chance):>6} ",
                ("█" * max(round(chance * 9), 0), "$primary"),
            )
            for each, chance in token.candidates
        ]
        self.query_one("#considered", Static).update(Content("\n").join(lines))

    def _tell_summary(self, writing: Writing, written: list[Generated]) -> None:
        parts = [f"{count(len(written))} {_('tokens')}"]
        if written:
            bits = -sum(token.log_prob for token in written) / len(written) / math.log(2)
            parts.append(f"{fixed(bits, 2)} {_('bits/token')}")
            seconds = time.monotonic() - self._began if self._busy else self._took
            if seconds > 0 and len(written) > 1:
                parts.append(f"{count(round(len(written) / seconds))} tok/s")
        if writing.before is not None:
            warm = _("warmed up on {read} tokens").format(read=count(writing.read))
            if writing.unknown:
                warm += " " + _("({unknown} unknown)").format(unknown=writing.unknown)
            parts.append(warm)
        parts.append(self._message or (_("writing, esc stops") if self._busy else ""))
        line = " · ".join(part for part in parts if part)
        self.query_one("#writing-summary", Line).show(Content(visible(line)))


def _row_of(written: list[Generated], tokens: Sequence[str]) -> Callable[[int], Row]:
    def row(index: int) -> Row:
        token = written[index]
        return (
            count(index + 1),
            token_symbol(tokens[token.id]),
            probability(math.exp(token.log_prob)),
            fixed(-token.log_prob / math.log(2), 2),
            count(token.rank),
        )

    return row


def _style(chance: float) -> str:
    return "" if chance >= SURE else "$text-warning" if chance >= DOUBTFUL else "$text-error"


def _texts(tokens: Sequence[str], before: Sequence[str], tokenizer: str) -> list[str]:
    """The text each token adds; half a character of `byte` is told where it is completed."""
    from seqtui.corpora.tokenizing import detokenize

    if tokenizer == "char":
        return list(tokens)
    texts = []
    if tokenizer == "byte":
        import codecs

        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for token in before:
            decoder.decode(token.encode("latin-1", "ignore"))
        return [decoder.decode(token.encode("latin-1", "ignore")) for token in tokens]
    last = list(before[-1:])
    for token in tokens:
        texts.append(detokenize([*last, token], tokenizer).removeprefix("".join(last)))
        last = [token]
    return texts


def _joined(pieces: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    joined: list[tuple[str, str]] = []
    for text, style in pieces:
        if joined and joined[-1][1] == style:
            joined[-1] = (joined[-1][0] + text, style)
        else:
            joined.append((text, style))
    return joined
