"""`seqtui lab` on paper: a laboratory as a sheet, and the plan of a lesson."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seqtui.engine.labs.task import Question, Task, tasks_of
from seqtui.tui.cli import console
from seqtui.tui.cli.figures import FigureLines, with_symbols
from seqtui.tui.foreign import visible
from seqtui.tui.translation import N_, _, localized

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.progress import OnProgress
    from seqtui.engine.labs.lab import Figures, Lab

WIDTH, HEIGHT = 72, 18
"""Columns and lines of a plot on a sheet; a page has some eighty columns."""
_MARKED = re.compile(r"([\\`*_<>\[\]#|])")
"""What Markdown takes for a mark."""


def figure_blocks(lab: Lab, figures: Figures, corpus: Corpus | None) -> list[list[str]]:
    """A laboratory's settings and figures as aligned blocks of lines."""
    document = figures.document()
    lines = FigureLines([N_("corpus"), *lab.labels])
    parameters = {**({"corpus": corpus.name} if corpus else {}), **document["parameters"]}
    shown = document["figures"]
    if corpus is not None:
        shown = with_symbols(shown, corpus.options.tokenizer)
    return [lines.pairs(parameters, {}), *lines.blocks(shown)]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One laboratory in Markdown, to be printed."""

    lab: Lab
    settings: Any
    corpus: Corpus | None
    student: str | None
    """Whose numbers the tasks have; None for the first of each task."""
    class_word: str | None

    def lines(self, on_progress: OnProgress) -> list[str]:
        """Question, prediction, picture, tasks. Raises as `Lab.run`."""
        name = _("Student: {student}").format(student=self.student or "_" * 24)
        lines = [f"# {self.lab.name}: {_text(localized(self.lab.question))}", "", name, ""]
        prediction = self.lab.prediction
        if prediction is not None:
            lines += [
                "## " + _("Before the picture"),
                "",
                _text(localized(prediction.question)),
                "",
            ]
            lines += [f"- [ ] {_text(localized(each))}" for each in prediction.answers]
            lines.append("")
        lines += ["## " + _("Picture"), "", *self._picture(on_progress), ""]
        tasks = tasks_of(self.lab)
        if tasks:
            lines += ["## " + _("Tasks"), ""]
        for number, task in enumerate(tasks, 1):
            lines += _task_lines(number, self._question(task))
        return lines

    def _picture(self, on_progress: OnProgress) -> list[str]:
        if self.lab.trains(self.settings):
            words = _("trained at its key: space in the app, or `seqtui lab {name}`")
            return [words.format(name=self.lab.name)]
        figures = self.lab.run(self.corpus, self.settings, on_progress)
        if self.lab.kind == "picture":
            from seqtui.tui.panes.labs.picture import plain_lines
            from seqtui.tui.panes.labs.pictures import picture_of

            shown = plain_lines(picture_of(self.lab, figures), WIDTH, HEIGHT)
        else:
            shown = [str(figures.document()["formula"])]
            for block in figure_blocks(self.lab, figures, self.corpus):
                shown += ["", *block]
        return ["```", *map(visible, shown), "```"]

    def _question(self, task: Task) -> Question:
        if self.student is None or self.class_word is None:
            return task.ask(task.variants[0])
        return task.question(self.student, self.class_word)


def _task_lines(number: int, question: Question) -> list[str]:
    lines = [f"{number}. {_text(localized(question.text))}", ""]
    if question.choices:
        lines += [f"   - [ ] {_text(localized(each))}" for each in question.choices]
    elif question.tolerance:
        within = _("within ±{tolerance}").format(tolerance=f"{question.tolerance:g}")
        lines += [f"   {within}"]
    if lines[-1]:
        lines.append("")
    if not question.choices:
        lines += ["   " + _("Answer: {room}").format(room="_" * 32), ""]
    lines += ["   " + _("How: {room}").format(room="_" * 35), ""]
    return lines


def _text(text: str) -> str:
    """A sentence in which Markdown sees no marks."""
    return _MARKED.sub(r"\\\1", visible(text))


def print_plan(corpus: Corpus, as_json: bool) -> None:
    """Print a lesson: when, what, how long, and what it takes to compute here."""
    from seqtui.engine.labs.lesson import CLOSING, MINUTES, OPENING, Part, plan_lesson

    with console.Progress("") as progress:
        parts = plan_lesson(
            corpus, lambda name: progress.show(_("measuring {lab} …").format(lab=name))
        )
    if as_json:
        console.document(
            {
                "minutes": MINUTES,
                "corpus": corpus.fingerprint,
                "parts": [
                    {
                        "lab": part.lab.name,
                        "begins": part.begins,
                        "minutes": part.lab.minutes,
                        "seconds": part.seconds,
                        "trains": part.trains,
                    }
                    for part in parts
                ],
            }
        )
        return

    def computes(part: Part) -> str:
        if part.trains:
            return _("trains, in its {minutes} min").format(minutes=part.lab.minutes)
        if part.refusal is not None:
            return _("not on this corpus")
        if part.seconds is None:
            return _("long, in its {minutes} min").format(minutes=part.lab.minutes)
        return _("{seconds} s").format(seconds=f"{part.seconds:.1f}")

    rows = [["0", str(OPENING), _("beginning"), "", _("the class's word; --student, --class")]]
    rows += [
        [
            str(part.begins),
            str(part.lab.minutes),
            part.lab.name,
            computes(part),
            localized(part.lab.question),
        ]
        for part in parts
    ]
    begins = max((part.begins + part.lab.minutes for part in parts), default=OPENING)
    rows.append([str(begins), str(CLOSING), _("end"), "", _("what the class answered")])
    heads = [_("from"), _("min"), _("laboratory"), _("computes here"), _("question")]
    console.say_table(heads, rows, left=(2, 3, 4))
    for part in parts:
        if part.refusal is not None:
            words = _("{lab}: {reason}")
            console.say(words.format(lab=part.lab.name, reason=localized(part.refusal)))
