"""`seqtui lab --verify`: what was handed in, as a list, a table, a summary, tasks to talk about."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtui.corpora.errors import InputError
from seqtui.tui.cli import console
from seqtui.tui.foreign import visible
from seqtui.tui.numbers import DASH, share
from seqtui.tui.translation import _, localized, ngettext

if TYPE_CHECKING:
    from seqtui.engine.labs.class_summary import Summary
    from seqtui.engine.labs.task import Question
    from seqtui.engine.labs.verify import Checked

_FORMULA = "=+-@\t\r＝＋－＠"
"""What a spreadsheet takes for the beginning of a formula."""


def verify_files(names: Sequence[str], given: Mapping[str, Any], as_json: bool) -> int:
    """Check files and print what was asked for; 2 where none of them is a hand-in."""
    from seqtui.engine.labs.verify import verify

    if not names:
        raise InputError("--verify: name the files, such as *.seqtui.json", option="verify")
    printed = [name for name in ("as_csv", "summary") if name in given]
    if len(printed) + as_json > 1:
        raise InputError("--csv, --summary, --json: choose one of them", option="csv")
    with console.Progress(_("checking")) as progress:
        checked = verify(
            [Path(name) for name in names],
            given["class_word"],
            metadata.version("seqtui"),
            anonymous="anonymous" in given,
            oral=given.get("oral", 0),
            on_file=progress,
        )
    if as_json:
        console.document(_document(checked))
    elif "as_csv" in given:
        _print_csv(checked)
    elif "summary" in given:
        _print_summary(checked)
    elif "oral" in given:
        _print_orals(checked)
    else:
        _print_list(checked)
    if not as_json and "as_csv" not in given:
        for each in checked:
            if each.refusal is not None:
                console.complain(each.refusal)
    return 0 if any(each.refusal is None for each in checked) else 2


def _print_list(checked: Sequence[Checked]) -> None:
    heads = [_("student"), _("right"), _("at once"), _("answered"), _("file")]
    good = [each for each in checked if each.refusal is None]
    rows = [
        [
            each.student,
            str(sum(task.right for task in each.tasks.values())),
            str(sum(task.first for task in each.tasks.values())),
            str(len(each.tasks)),
            each.label,
        ]
        for each in good
    ]
    console.say_table(heads, rows, left=(0, 4))
    remarks = [(each.label, localized(one)) for each in good for one in each.flags]
    remarks += [
        (
            each.label,
            _("not computed again: {names}").format(names=", ".join(each.not_recomputed)),
        )
        for each in good
        if each.not_recomputed
    ]
    if remarks:
        console.say()
        for label, words in remarks:
            console.say(f"{visible(label)}: {visible(words)}")


def _print_csv(checked: Sequence[Checked]) -> None:
    """In English for machines: one row a file, four columns a task."""
    from seqtui.engine.labs.lab import LABS
    from seqtui.engine.labs.verify import all_tasks

    labs = [lab.name for lab in LABS.values() if lab.prediction is not None]
    heads = ["student", "file", "version"]
    for name in all_tasks():
        heads += [f"{name} {part}" for part in ("right", "right_at_once", "tries", "hints")]
    heads += [f"{lab} prediction" for lab in labs]
    heads += ["not_recomputed", "flags"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    for each in checked:
        row: list[object] = [each.student, each.label, each.version]
        for name in all_tasks():
            task = each.tasks.get(name)
            row += (
                ["", "", "", ""]
                if task is None
                else [int(task.right), int(task.first), task.tries, task.hints]
            )
        row += [each.predictions.get(lab, "") for lab in labs]
        flags = [each.refusal] if each.refusal is not None else each.flags
        row += [" ".join(each.not_recomputed), "; ".join(map(str, flags))]
        writer.writerow([_cell(value) for value in row])
    console.say(text.getvalue().rstrip("\n"))


def _cell(value: object) -> object:
    """A cell that a spreadsheet shows and never runs."""
    if not isinstance(value, str):
        return value
    shown = visible(value)
    return "'" + shown if shown.lstrip().startswith(tuple(_FORMULA)) else shown


def _print_summary(checked: Sequence[Checked]) -> None:
    from seqtui.engine.labs.class_summary import predictions_of, summarise

    heads = [_("task"), _("students"), _("right at once"), _("commonest wrong answer")]
    rows = [
        [
            each.task,
            str(each.students),
            share(each.first_right),
            _wrong_words(each),
        ]
        for each in summarise(checked)
    ]
    console.say_table(heads, rows, left=(0, 3))
    predicted = predictions_of(checked)
    if predicted:
        console.say()
        rows = [[lab, *map(str, counts)] for lab, counts in predicted.items()]
        console.say_table([_("prediction"), "1", "2", "3"], rows)


def _wrong_words(summary: Summary) -> str:
    if not summary.times:
        return DASH
    words = ngettext("{given} ({times} student)", "{given} ({times} students)", summary.times)
    words = words.format(given=summary.commonest, times=summary.times)
    if summary.misconception is None:
        return words
    return _("{answer}: {reason}").format(answer=words, reason=localized(summary.misconception))


def _print_orals(checked: Sequence[Checked]) -> None:
    for each in checked:
        if each.refusal is not None:
            continue
        console.say(visible(each.student))
        for oral in each.orals:
            words = visible(localized(oral.question.text))
            console.say(f"  {oral.task}  {words}")
            for number, choice in enumerate(oral.question.choices, 1):
                console.say(f"    {number}  {visible(localized(choice))}")
            answer = _answer(oral.question)
            if answer:
                console.say("    " + _("answer: {answer}").format(answer=answer))


def _answer(question: Question) -> str:
    from seqtui.engine.labs.task import shown

    return visible(shown(question.answer))


def _document(checked: Sequence[Checked]) -> dict[str, Any]:
    from seqtui.engine.labs.class_summary import predictions_of, summarise

    files = [
        {
            "file": each.label,
            "student": each.student,
            "version": each.version,
            "refused": None if each.refusal is None else str(each.refusal),
            "tasks": {
                name: {
                    "right": task.right,
                    "right_at_once": task.first,
                    "tries": task.tries,
                    "hints": task.hints,
                    "wrong": [
                        {"given": given, "misconception": None if reason is None else str(reason)}
                        for given, reason in task.wrong
                    ],
                }
                for name, task in each.tasks.items()
            },
            "predictions": each.predictions,
            "not_recomputed": each.not_recomputed,
            "flags": [str(one) for one in each.flags],
            "oral": [
                {
                    "task": oral.task,
                    "question": str(oral.question.text),
                    "choices": [str(choice) for choice in oral.question.choices],
                    "answer": _answer(oral.question),
                }
                for oral in each.orals
            ],
        }
        for each in checked
    ]
    summary = [
        {
            "task": each.task,
            "students": each.students,
            "right_at_once": each.first_right,
            "commonest_wrong": each.commonest,
            "times": each.times,
            "misconception": None if each.misconception is None else str(each.misconception),
        }
        for each in summarise(checked)
    ]
    return {"files": files, "summary": summary, "predictions": predictions_of(checked)}
