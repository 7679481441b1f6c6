"""Tasks and predictions of the laboratories, answered at once and recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from seqtui.corpora.errors import InputError
from seqtui.engine.labs.hand_in import figures_record
from seqtui.engine.labs.task import judge, shown, tasks_of
from seqtui.tui.foreign import visible
from seqtui.tui.translation import N_, _, localized
from seqtui.tui.widgets.dialogs import Dialog
from seqtui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from seqtui.engine.labs.lab import Figures, Lab, Prediction
    from seqtui.engine.labs.task import Question, Task
    from seqtui.tui.session import Session


def task_words(session: Session, lab: Lab) -> str:
    """The line that names the next task: `task 1/4 ▸ the least k …   a answers`."""
    tasks = tasks_of(lab)
    if not tasks:
        return ""
    number = next_task(session, tasks)
    if number is None:
        return _("all {count} tasks are solved").format(count=len(tasks))
    question = session.labs.question(tasks[number])
    return _("task {number}/{all} ▸ {text}").format(
        number=number + 1, all=len(tasks), text=visible(localized(question.text))
    )


def next_task(session: Session, tasks: tuple[Task, ...]) -> int | None:
    """The place of the first task that is not solved; None when all are."""
    return next(
        (i for i, each in enumerate(tasks) if not session.labs.hand_in.solved(each.name)), None
    )


class TaskDialog(Dialog[None]):
    """The tasks of one laboratory: one is shown, Enter or a digit answers it."""

    BINDINGS: ClassVar = [
        Binding("escape,q,a", "dismiss", show=False),
        Binding("right,l,right_square_bracket,tab", "turn(1)", show=False),
        Binding("left,h,left_square_bracket,shift+tab", "turn(-1)", show=False),
        Binding("enter", "answer", show=False),
        Binding("question_mark", "hint", show=False),
        *(Binding(str(digit), f"choose({digit})", show=False) for digit in range(1, 10)),
    ]
    DEFAULT_CSS = """
    TaskDialog > .box { width: 76; max-width: 100%; }
    TaskDialog .words { width: 100%; }
    TaskDialog .result { margin-top: 1; }
    """

    def __init__(self, session: Session, lab: Lab, figures: Figures | None) -> None:
        super().__init__()
        self._session = session
        self._figures = figures
        self._tasks = tasks_of(lab)
        self._shown = next_task(session, self._tasks) or 0
        self._hints: set[str] = set()
        """Tasks whose hint was seen."""
        self._result = ""

    def compose(self) -> ComposeResult:
        """The task, its choices, what the last answer was worth, the keys."""
        with Vertical(classes="box"):
            yield Static("", classes="words task")
            yield Static("", classes="words result")
            yield Static("", classes="words keys")

    def on_mount(self) -> None:
        """Paint the words."""
        self.repaint()

    @property
    def _asked(self) -> Task:
        return self._tasks[self._shown]

    @property
    def _question(self) -> Question:
        return self._session.labs.question(self._asked, self._figures)

    def repaint(self) -> None:
        """Paint every word, in the language of now."""
        question = self._question
        solved = "✓ " if self._session.labs.hand_in.solved(self._asked.name) else ""
        title = _("{solved}task {number} of {all}").format(
            solved=solved, number=self._shown + 1, all=len(self._tasks)
        )
        self.query_one(Vertical).border_title = Content(title)
        lines = [visible(localized(question.text))]
        lines += [
            f"  {number}  {visible(localized(choice))}"
            for number, choice in enumerate(question.choices, 1)
        ]
        if question.tolerance:
            lines.append(_("within ±{tolerance}").format(tolerance=f"{question.tolerance:g}"))
        if self._asked.name in self._hints and question.hint is not None:
            lines += ["", _("hint: {hint}").format(hint=visible(localized(question.hint)))]
        self.query_one(".task", Static).update(Content("\n".join(lines)))
        self.query_one(".result", Static).update(Content(self._result))
        if not question.answerable:
            answer = _("answered from figures not there yet")
        else:
            answer = _("1 to {most} answer") if question.choices else _("enter answers")
        keys = [
            answer.format(most=len(question.choices)),
            _("? hint"),
            _("← → task"),
            _("esc back"),
        ]
        self.query_one(".keys", Static).update(Content("   ".join(keys)))

    def action_turn(self, by: int) -> None:
        """The next or the previous task."""
        self._shown = (self._shown + by) % len(self._tasks)
        self._result = ""
        self.repaint()

    def action_hint(self) -> None:
        """Show the hint; that it was seen is recorded with the answer."""
        self._hints.add(self._asked.name)
        self.repaint()

    def action_choose(self, digit: int) -> None:
        """Answer with one of the choices."""
        question = self._question
        if question.answerable and digit <= len(question.choices):
            self._take(str(digit))

    def action_answer(self) -> None:
        """Type an answer."""
        question = self._question
        if question.choices or not question.answerable:
            return

        def refuse(text: str) -> str | None:
            try:
                judge(question, text)
            except InputError as error:
                return localized(error)
            return None

        def take(text: str | None) -> None:
            if text is not None:
                self._take(text)

        self.app.push_screen(Prompt(N_("answer"), "", "", refuse), take)

    def _take(self, text: str) -> None:
        task, question = self._asked, self._question
        judged = judge(question, text)
        try:
            self._session.labs.record(
                lambda hand_in: hand_in.answer(
                    task.name,
                    len(task.variants),
                    text,
                    judged,
                    hint=task.name in self._hints,
                    figures=figures_record(self._figures),
                )
            )
        except InputError as error:
            self._session.tasks.tell(error)
        if judged.right:
            self._result = _("✓ right: {answer}").format(answer=visible(_answer(question, text)))
        elif judged.misconception is not None:
            self._result = _("✗ not right: {reason}").format(
                reason=visible(localized(judged.misconception))
            )
        else:
            self._result = _("✗ not right")
        self.repaint()


def _answer(question: Question, text: str) -> str:
    if question.choices:
        return localized(question.choices[int(text) - 1])
    return shown(question.answer) or text


class PredictionDialog(Dialog[int]):
    """One three-way question before a picture is seen."""

    BINDINGS: ClassVar = [
        Binding("escape,q", "dismiss(None)", show=False),
        *(Binding(str(digit), f"choose({digit})", show=False) for digit in (1, 2, 3)),
    ]
    DEFAULT_CSS = """
    PredictionDialog > .box { width: 76; max-width: 100%; }
    PredictionDialog .words { width: 100%; }
    """

    def __init__(self, prediction: Prediction) -> None:
        super().__init__()
        self._prediction = prediction

    def compose(self) -> ComposeResult:
        """The question, the answers, the keys."""
        with Vertical(classes="box"):
            yield Static("", classes="words question")
            yield Static("", classes="words keys")

    def on_mount(self) -> None:
        """Paint the words."""
        self.repaint()

    def repaint(self) -> None:
        """Paint every word, in the language of now."""
        self.query_one(Vertical).border_title = Content(_("What do you predict?"))
        lines = [visible(localized(self._prediction.question)), ""]
        lines += [
            f"  {number}  {visible(localized(answer))}"
            for number, answer in enumerate(self._prediction.answers, 1)
        ]
        self.query_one(".question", Static).update(Content("\n".join(lines)))
        self.query_one(".keys", Static).update(Content(_("1 2 3 predict   esc back")))

    def action_choose(self, digit: int) -> None:
        """Predict."""
        self.dismiss(digit)
