"""What a student did in the laboratories, in a file that can be checked and handed in.

A readable JSON file with one event a line: predictions and answers, each with the hash of the one
before, so that nothing is changed or left out in between unseen (a file may end earlier). It holds
no secrets and proves no identity: it shows that these answers were given to these variants, and
that the figures are those of the engine. The file is written whole after every event, so that a
kill loses at most the event that was being written.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtui.corpora.errors import InputError
from seqtui.corpora.files import read_file, write_file
from seqtui.engine.labs.task import Judged, sha256_of, variant_of

if TYPE_CHECKING:
    from seqtui.engine.labs.lab import Figures

FORMAT = 1
SUFFIX = ".seqtui.json"
LARGEST = 8 << 20
"""Bytes; a lesson's file has some ten thousand."""
MOST_EVENTS = 10_000
LONGEST_ID = 64
_HEAD = {"format", "seqtui", "student", "class", "started", "events"}
MOST_NUMBERS = 24
"""Figures of a picture that are recorded with an answer."""


@dataclass(frozen=True, slots=True)
class Event:
    """A prediction or an answer."""

    kind: str
    """`prediction` or `answer`."""
    task: str
    """The task; for a prediction the laboratory."""
    variant: int
    given: str
    """As it was typed, or the number of the choice."""
    right: bool | None
    """None for a prediction, which is not marked."""
    tries: int
    """Answers to this task, with this one."""
    hints: int
    """Whether the hint was seen: 0 or 1."""
    seconds: float
    """Since the file was begun."""
    figures: Mapping[str, Any] | None = None
    """Parameters, seed and figures that were on the screen; None for none."""
    hash: str = ""
    """SHA-256 over the hash of the event before and this event."""


@dataclass
class HandIn:
    """The events of one student in one class, and the file that keeps them."""

    student: str
    class_word: str
    path: Path | None
    """None for what is not kept."""
    version: str
    started: float
    """Seconds since the epoch."""
    events: list[Event] = field(default_factory=list)

    @property
    def class_hash(self) -> str:
        """Says whether two files are of the same class, without saying the word."""
        return hash_of_class(self.class_word)

    def predicted(self, lab: str) -> int | None:
        """Which of the three answers was predicted for a laboratory; None for not yet."""
        for event in self.events:
            if event.kind == "prediction" and event.task == lab:
                return int(event.given)
        return None

    def solved(self, task: str) -> bool:
        """Whether a task was answered rightly."""
        return any(each.task == task and each.right for each in self.events)

    def tries(self, task: str) -> int:
        """How often a task was answered."""
        return sum(each.kind == "answer" and each.task == task for each in self.events)

    def predict(self, lab: str, choice: int) -> None:
        """Record a prediction, the first one only. Raises OSError when it cannot be written."""
        if self.predicted(lab) is None:
            self._add("prediction", lab, 0, str(choice), None, 0, None)

    def answer(
        self,
        task: str,
        variants: int,
        given: str,
        judged: Judged,
        *,
        hint: bool,
        figures: Mapping[str, Any] | None = None,
    ) -> None:
        """Record an answer. Raises OSError, with the answer kept, when it cannot be written."""
        variant = variant_of(self.student, self.class_word, task, variants)
        self._add("answer", task, variant, given, judged.right, int(hint), figures)

    def _add(
        self,
        kind: str,
        task: str,
        variant: int,
        given: str,
        right: bool | None,
        hints: int,
        figures: Mapping[str, Any] | None,
    ) -> None:
        plain = Event(
            kind=kind,
            task=task,
            variant=variant,
            given=given,
            right=right,
            tries=self.tries(task) + (kind == "answer"),
            hints=hints,
            seconds=round(max(time.time() - self.started, 0.0), 1),
            figures=figures,
        )
        before = self.events[-1].hash if self.events else self.first_hash
        self.events.append(_with_hash(plain, before))
        self.write()

    @property
    def first_hash(self) -> str:
        """What the first event's hash is made with: the head of the file."""
        head = [str(FORMAT), self.class_hash, self.student, f"{self.started:.3f}"]
        return sha256_of("\x1f".join(head))

    def write(self) -> None:
        """Write the file, whole. Raises OSError."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        head = {
            "format": FORMAT,
            "seqtui": self.version,
            "student": self.student,
            "class": self.class_hash,
            "started": round(self.started, 3),
        }
        lines = [json.dumps(_event_json(each), ensure_ascii=False) for each in self.events]
        text = json.dumps(head, ensure_ascii=False)[:-1] + ', "events": ['
        text += ",".join("\n " + line for line in lines) + "\n]}\n"
        write_file(self.path, text.encode("utf-8", "backslashreplace"))  # as JSON escapes it


def start_hand_in(folder: Path, student: str, class_word: str, version: str) -> HandIn:
    """The hand-in of a student in a folder, taken up where it is.

    Raises InputError for an ID that is no name for a file, and for a file of another class or one
    that cannot be read.
    """
    name = check_student(student)
    path = folder / f"{name}{SUFFIX}"
    if not path.exists():
        return HandIn(name, class_word.strip(), path, version, round(time.time(), 3))
    found = read_hand_in(path)
    if found.found_class != hash_of_class(class_word):
        raise InputError(
            "--class {word!r}: {path} is of another class; move it away, or type its word",
            option="class",
            word=class_word,
            path=path,
        )
    hand_in = found.hand_in
    hand_in.class_word = class_word.strip()
    return hand_in


def check_student(student: str) -> str:
    """A student's ID as it is kept. Raises InputError for what cannot name a file."""
    name = student.strip()
    if (
        not name
        or len(name.encode("utf-8", "replace")) > LONGEST_ID
        or name.startswith((".", "-"))
        or "/" in name
        or not name.isprintable()
    ):
        raise InputError(
            "--student {student!r}: choose up to {most} bytes without slashes, not beginning with "
            ". or -",
            option="student",
            student=student,
            most=LONGEST_ID,
        )
    return name


def hash_of_class(word: str) -> str:
    """The hash of a class's word."""
    return sha256_of(f"seqtui-class\x1f{word.strip()}")[:16]


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it was read; what is doubtful is said, not judged."""

    hand_in: HandIn
    found_class: str
    broken: int | None
    """The number of the first event that does not follow from the one before; None for none."""


def read_hand_in(path: Path) -> Found:
    """Read a file that was handed in. Raises InputError, in one line, for what is none."""
    try:
        return _found(path, json.loads(read_file(path, LARGEST)))
    except (ValueError, RecursionError) as error:  # nested deeply: hashing it recurses too
        if isinstance(error, InputError):
            raise
        raise InputError("{path}: not readable as JSON", path=path) from error


def _found(path: Path, data: Any) -> Found:
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise InputError("{path}: not a hand-in of this version", path=path)
    student, class_hash, started = data.get("student"), data.get("class"), data.get("started")
    listed = data.get("events")
    if (
        not set(data) <= _HEAD
        or not isinstance(student, str)
        or not isinstance(class_hash, str)
        or not class_hash.isascii()
        or not _is_number(started)
        or not isinstance(listed, list)
        or len(listed) > MOST_EVENTS
    ):
        raise InputError("{path}: its head is not that of a hand-in", path=path)
    assert isinstance(started, int | float)
    events = [_event_of(each) for each in listed]
    if None in events:
        raise InputError(
            "{path}: event {number} is not one of a hand-in",
            path=path,
            number=events.index(None) + 1,
        )
    try:
        name = check_student(student)
    except InputError as error:
        raise InputError("{path}: its ID cannot name a file", path=path) from error
    hand_in = HandIn(
        student=name,
        class_word="",
        path=path,
        version=str(data.get("seqtui", ""))[:40],
        started=float(started),
        events=[each for each in events if each is not None],
    )
    return Found(hand_in, class_hash, _first_broken(hand_in, class_hash))


def _first_broken(hand_in: HandIn, class_hash: str) -> int | None:
    head = [str(FORMAT), class_hash, hand_in.student, f"{hand_in.started:.3f}"]
    before = sha256_of("\x1f".join(head))
    for number, event in enumerate(hand_in.events, 1):
        if _with_hash(event, before).hash != event.hash:
            return number
        before = event.hash
    return None


def _with_hash(event: Event, before: str) -> Event:
    values = _event_json(event)
    values.pop("hash")
    text = json.dumps(values, ensure_ascii=True, sort_keys=True)
    made = sha256_of(f"{before}\x1f{text}")
    return Event(**{**values, "hash": made})


def _event_json(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in Event.__dataclass_fields__}


def _event_of(data: object) -> Event | None:
    """An event as it was read; None for anything else."""
    if not isinstance(data, dict) or set(data) != set(Event.__dataclass_fields__):
        return None
    texts = all(isinstance(data[name], str) for name in ("kind", "task", "given", "hash"))
    numbers = all(
        isinstance(data[name], int) and not isinstance(data[name], bool)
        for name in ("variant", "tries", "hints")
    )
    figures = data["figures"]
    if (
        not texts
        or not numbers
        or not _is_number(data["seconds"])
        or data["kind"] not in ("prediction", "answer")
        or not (data["right"] is None or isinstance(data["right"], bool))
        or not (figures is None or isinstance(figures, dict))
        or (data["kind"] == "prediction" and data["given"] not in ("1", "2", "3"))
    ):
        return None
    return Event(**data)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def figures_record(figures: Figures | None) -> dict[str, Any] | None:
    """What of a picture is recorded with an answer, so that it can be recomputed."""
    if figures is None:
        return None
    document = figures.document()
    numbers = list(_numbers(document["figures"]))[:MOST_NUMBERS]
    names = ("lab", "parameters", "seed", "corpus")
    return {**{name: document[name] for name in names}, "numbers": numbers}


def _numbers(value: Any) -> list[float]:
    """All numbers in a document, in its order, to six digits."""
    if isinstance(value, dict):
        return [number for each in value.values() for number in _numbers(each)]
    if isinstance(value, list | tuple):
        return [number for each in value for number in _numbers(each)]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return []
    return [float(f"{value:.6g}")]
