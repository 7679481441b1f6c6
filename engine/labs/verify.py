"""The hand-ins of a class, checked: what can be computed is computed again, from the ID alone.

What is odd is flagged and never judged: a flag has innocent reasons too, and a file proves neither
who sat at the keyboard nor who thought. One file that cannot be read is one line, and stops none
of the others.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from seqtui.corpora.errors import InputError, UserMessage, plural_message
from seqtui.engine.labs.hand_in import SUFFIX, Event, Found, hash_of_class, read_hand_in
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.recompute import Recomputed, Recomputer
from seqtui.engine.labs.task import Judged, Question, Task, judge, tasks_of, variant_of

MANY_TASKS = 8
"""Tasks solved in a hurry are flagged from so many on."""
HURRY = 20.0
"""Seconds a task; with its reading less is hardly possible."""
SAME_TIMES = 3
"""Events at the same times, to a tenth of a second, that are no chance."""
SAME_DECIMALS = 3
"""Decimal places of a wrong answer that two students hardly type by chance."""
FIGURES_SECONDS = 30.0
"""For computing all recorded figures of a class again."""


@dataclass(frozen=True, slots=True)
class Oral:
    """A task to be talked about, with numbers that the student has not had."""

    task: str
    question: Question


@dataclass(slots=True)
class Outcome:
    """What became of one task of a student."""

    right: bool = False
    first: bool = False
    """Whether the first answer was right."""
    tries: int = 0
    hints: int = 0
    """Answers after the hint."""
    wrong: list[tuple[str, UserMessage | None]] = field(default_factory=list)
    """The wrong answers, each with its misconception if that is known."""


@dataclass(slots=True)
class Checked:
    """One file."""

    label: str
    """The file's name, or its number where nobody is to be known."""
    student: str = ""
    version: str = ""
    refusal: UserMessage | None = None
    """Why it is no hand-in; the rest is empty then."""
    tasks: dict[str, Outcome] = field(default_factory=dict)
    predictions: dict[str, int] = field(default_factory=dict)
    not_recomputed: list[str] = field(default_factory=list)
    """Laboratories whose recorded figures were not computed again, and tasks whose answer follows
    from such figures, which are taken as they were recorded."""
    flags: list[UserMessage] = field(default_factory=list)
    orals: list[Oral] = field(default_factory=list)


@cache
def all_tasks() -> dict[str, Task]:
    """The tasks of all laboratories by name, in the order of the list."""
    return {task.name: task for lab in LABS.values() for task in tasks_of(lab)}


@cache
def _question(task: str, variant: int) -> Question:
    found = all_tasks()[task]
    return found.ask(found.variants[variant])


def verify(
    paths: Sequence[Path],
    class_word: str,
    version: str,
    *,
    anonymous: bool = False,
    oral: int = 0,
    seconds: float = FIGURES_SECONDS,
    on_file: Callable[[int, int], bool] | None = None,
) -> list[Checked]:
    """Check the files of a class, in their order.

    `version` is that of here, `oral` how many tasks each is to be asked, `seconds` the budget for
    recorded figures; `on_file(done, total)` is told of the progress.
    """
    found: list[tuple[Checked, Found]] = []
    everything = []
    for number, path in enumerate(paths, 1):
        if on_file is not None:
            on_file(number - 1, len(paths))
        label = f"#{number}" if anonymous else path.name
        checked = Checked(label)
        everything.append(checked)
        try:
            read = read_hand_in(path)
        except InputError as error:
            values = {**error.message.values}
            if "path" in values:
                values["path"] = label
            if anonymous and "student" in values:
                values["student"] = "…"
            checked.refusal = UserMessage(error.message.template, **values)
            continue
        _judge(checked, read, path, class_word, version)
        found.append((checked, read))
    _recompute(found, Recomputer(seconds))
    _compare(found)
    for checked, read in found:
        answered = [name for name, outcome in checked.tasks.items() if outcome.right]
        checked.orals = _orals(read.hand_in.student, class_word, answered, oral)
        if anonymous:
            checked.student = hashed_id(read.hand_in.student, class_word)
    return everything


def hashed_id(student: str, class_word: str) -> str:
    """An ID that is the same for the same student of a class, and does not show who it is."""
    text = "\x1f".join(("seqtui-anonymous", class_word.strip(), student.strip().casefold()))
    return hashlib.sha256(text.encode()).hexdigest()[:10]


# One file.


def _judge(checked: Checked, read: Found, path: Path, class_word: str, version: str) -> None:
    hand_in = read.hand_in
    checked.student, checked.version = hand_in.student, hand_in.version
    flag = checked.flags.append
    if path.name != f"{hand_in.student}{SUFFIX}":
        flag(UserMessage("the ID in the file is not that of its name"))
    if read.found_class != hash_of_class(class_word):
        flag(UserMessage("it is of another class"))
    if hand_in.version != version:
        flag(UserMessage("it was written by another version"))
    if read.broken is not None:
        flag(UserMessage("event {number} does not follow from the one before", number=read.broken))
    others: list[int] = []
    misjudged: list[int] = []
    unknown = 0
    last, backwards = 0.0, False
    for number, event in enumerate(hand_in.events, 1):
        backwards |= event.seconds < last
        last = event.seconds
        if event.kind == "prediction":
            if event.task in LABS:
                checked.predictions.setdefault(event.task, int(event.given))
            continue
        task = all_tasks().get(event.task)
        if task is None:
            unknown += 1
            continue
        variant = variant_of(hand_in.student, class_word, task.name, len(task.variants))
        if variant != event.variant:
            others.append(number)
        if not task.recomputable:
            judged = Judged(bool(event.right))
            if task.name not in checked.not_recomputed:
                checked.not_recomputed.append(task.name)
        else:
            judged = _judged(_question(task.name, variant), event.given)
        if judged.right is not bool(event.right):
            misjudged.append(number)
        _add(checked.tasks.setdefault(task.name, Outcome()), event, judged)
    if others:
        flag(
            UserMessage(
                "event {number}: not the variant of this ID and class; judged by theirs",
                number=others[0],
            )
        )
    if misjudged:
        flag(
            UserMessage(
                "event {number}: recorded with another verdict than it has", number=misjudged[0]
            )
        )
    if unknown:
        flag(
            plural_message(
                "{count} answer to a task that this version lacks",
                "{count} answers to tasks that this version lacks",
                count=unknown,
            )
        )
    if backwards:
        flag(UserMessage("its times go backwards"))
    _flag_hurry(checked, hand_in.events)


def _judged(question: Question, given: str) -> Judged:
    """As when it was answered; what is no answer at all is a wrong one."""
    try:
        return judge(question, given)
    except Exception:  # a task's own rule may meet any list of numbers; no file stops another's
        return Judged(False)


def _add(outcome: Outcome, event: Event, judged: Judged) -> None:
    outcome.tries += 1
    outcome.hints += bool(event.hints)
    outcome.first |= judged.right and outcome.tries == 1
    outcome.right |= judged.right
    if not judged.right:
        outcome.wrong.append((" ".join(event.given.split())[:60], judged.misconception))


def _flag_hurry(checked: Checked, events: Sequence[Event]) -> None:
    solved = sum(each.right for each in checked.tasks.values())
    times = [each.seconds for each in events if each.kind == "answer"]
    if solved >= MANY_TASKS and max(times) - min(times) <= HURRY * solved:
        checked.flags.append(
            UserMessage(
                "{solved} tasks solved in {seconds} s",
                solved=solved,
                seconds=round(max(times) - min(times)),
            )
        )


def _orals(student: str, class_word: str, solved: Sequence[str], count: int) -> list[Oral]:
    """Tasks to be talked about, first of those in `solved`, with numbers that are new to them.

    The same for the same student and class, so that it can be printed again.
    """

    def draw(name: str) -> bytes:
        text = "\x1f".join(("seqtui-oral", class_word.strip(), student.casefold(), name))
        return hashlib.sha256(text.encode()).digest()

    possible = {name for name, task in all_tasks().items() if task.recomputable}
    first = possible & set(solved)
    names = sorted(first, key=draw) + sorted(possible - first, key=draw)
    orals = []
    for name in names[:count]:
        variants = len(all_tasks()[name].variants)
        had = variant_of(student, class_word, name, variants)
        by = 1 + int.from_bytes(draw(name)[:4], "big") % max(variants - 1, 1)
        orals.append(Oral(name, _question(name, (had + by) % variants)))
    return orals


# All files.


def _recompute(found: Sequence[tuple[Checked, Found]], recomputer: Recomputer) -> None:
    """Compute recorded figures again while there is time: one of each file, then another."""
    records = []
    for place, (checked, read) in enumerate(found):
        recorded = [each for each in enumerate(read.hand_in.events, 1) if each[1].figures]
        recorded.sort(key=lambda each: _drawn(each[1]))
        for turn, (number, event) in enumerate(recorded):
            records.append((turn, place, number, checked, event.figures or {}))
    other: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for _turn, _place, number, checked, figures in sorted(records, key=lambda each: each[:3]):
        name = str(figures.get("lab"))
        name = name if name in LABS else "?"
        outcome = recomputer.check(figures)
        if outcome is Recomputed.OTHER:
            other[id(checked)].append((number, name))
        elif outcome is not Recomputed.SAME and name not in checked.not_recomputed:
            checked.not_recomputed.append(name)
    for checked, _read in found:
        checked.not_recomputed.sort()
        for number, name in sorted(other[id(checked)])[:1]:
            checked.flags.append(
                UserMessage(
                    "event {number}: the figures of {lab} do not recompute",
                    number=number,
                    lab=name,
                )
            )


def _drawn(event: Event) -> bytes:
    """Draws lots among events."""
    return hashlib.sha256(f"{event.hash}{event.seconds}".encode("utf-8", "replace")).digest()


def _compare(found: Sequence[tuple[Checked, Found]]) -> None:
    """Flag what two files have in common and two students hardly have."""
    ids: dict[Any, list[Checked]] = defaultdict(list)
    times: dict[Any, list[Checked]] = defaultdict(list)
    decimals: dict[Any, list[Checked]] = defaultdict(list)
    for checked, read in found:
        hand_in = read.hand_in
        ids[hand_in.student.casefold()].append(checked)
        seconds = tuple(each.seconds for each in hand_in.events)
        if len(seconds) >= SAME_TIMES:
            times[seconds].append(checked)
        wrong = {
            (task, given)
            for task, outcome in checked.tasks.items()
            for given, misconception in outcome.wrong
            if misconception is None and _decimals(given) >= SAME_DECIMALS
        }
        for each in wrong:
            decimals[each].append(checked)
    for alike in ids.values():
        for checked, other in _neighbours(alike):
            checked.flags.append(UserMessage("the same ID as in {file}", file=other.label))
    for alike in times.values():
        for checked, other in _neighbours(alike):
            checked.flags.append(UserMessage("the same times as in {file}", file=other.label))
    for (task, given), alike in decimals.items():
        for checked, other in _neighbours(alike):
            checked.flags.append(
                UserMessage(
                    "{task}: the same wrong {given} as in {file}",
                    task=task,
                    given=given,
                    file=other.label,
                )
            )


def _neighbours(alike: Sequence[Checked]) -> list[tuple[Checked, Checked]]:
    """Each file with another one that it is like; none where it is alone."""
    if len(alike) < 2:
        return []
    return [(each, alike[0] if each is not alike[0] else alike[1]) for each in alike]


def _decimals(text: str) -> int:
    """Decimal places of a typed number."""
    whole, point, places = text.strip().lstrip("+-−").partition(".")
    plain = point and places.isdecimal() and (whole.isdecimal() or not whole)
    return len(places) if plain else 0
