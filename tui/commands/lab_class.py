"""`seqtui lab` for a class: its options, and the app with a student's file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtui.corpora.errors import InputError, flag
from seqtui.tui.cli import console
from seqtui.tui.cli.opening import open_app
from seqtui.tui.cli.parsing import F, IntRange, gathered, option
from seqtui.tui.lab_book import LabBook
from seqtui.tui.translation import N_, _

if TYPE_CHECKING:
    from seqtui.corpora.options import CorpusOptions

_CLASS = N_("Class")
_VERIFY = N_("Checking what was handed in")
_gathered_class_options = gathered(
    "in_class",
    (
        option(
            "--student",
            metavar="ID",
            section=_CLASS,
            help=N_("Open the app at the laboratories; answers are kept in ID.seqtui.json here."),
        ),
        option(
            "--class",
            "class_word",
            metavar=N_("WORD"),
            section=_CLASS,
            help=N_("The word of the class, from which the numbers in the tasks follow."),
        ),
        option(
            "--sheet",
            is_flag=True,
            section=_CLASS,
            help=N_("Print the laboratory NAME as Markdown: picture, tasks, room for answers."),
        ),
        option(
            "--plan",
            is_flag=True,
            section=_CLASS,
            help=N_("Print a lesson of 90 minutes, and what its pictures take to compute here."),
        ),
        option(
            "--verify",
            is_flag=True,
            section=_VERIFY,
            help=N_("Check the files that are named; oddities are flagged, nobody is judged."),
        ),
        option(
            "--csv",
            "as_csv",
            is_flag=True,
            section=_VERIFY,
            help=N_("A row for each file, with every task."),
        ),
        option(
            "--summary",
            is_flag=True,
            section=_VERIFY,
            help=N_("For each task the share right at once, and the commonest wrong answer."),
        ),
        option(
            "--oral",
            type=IntRange(min=1, max=20),
            metavar="N",
            section=_VERIFY,
            help=N_("N tasks with new numbers for each student, to talk about."),
        ),
        option(
            "--anonymous",
            is_flag=True,
            section=_VERIFY,
            help=N_("Hashes in place of IDs, numbers in place of names of files."),
        ),
    ),
)
_predict_option = option(
    "--predict/--no-predict",
    "predict",
    default=None,
    section=_CLASS,
    shown=N_("on with --student"),
    help=N_("Open the app at the laboratories; ask for a prediction before each picture, or not."),
)


def class_options(function: F) -> F:
    """`--student` … `--anonymous`, received as the dict `in_class`, and `--predict`."""
    return _gathered_class_options(_predict_option(function))


def check_class_options(given: Mapping[str, Any], predict: bool | None, as_json: bool) -> None:
    """Raise InputError for options that do not go together."""
    verifies = "verify" in given
    for name, option_name in (
        ("as_csv", "csv"),
        ("summary", "summary"),
        ("oral", "oral"),
        ("anonymous", "anonymous"),
    ):
        if name in given and not verifies:
            raise InputError(
                "{flag}: only with --verify", option=option_name, flag=flag(option_name)
            )
    modes = [name for name in ("verify", "sheet", "plan") if name in given]
    if len(modes) > 1:
        raise InputError(
            "{one} and {other}: choose one of them",
            option=modes[1],
            one=flag(modes[0]),
            other=flag(modes[1]),
        )
    if "student" in given and "class_word" not in given:
        raise InputError(
            "--student {student}: give --class too, the word of your class",
            option="student",
            student=given["student"],
        )
    if verifies and "class_word" not in given:
        raise InputError("--verify: give --class too, the word of the class", option="class")
    if "class_word" in given and "student" not in given and not verifies:
        raise InputError(
            "--class {word}: give --student too, or --verify",
            option="class",
            word=given["class_word"],
        )
    if given.get("class_word", "x").strip() == "":
        raise InputError("--class: an empty word would be everybody's", option="class")
    if predict is not None and modes:
        raise InputError("--predict: only where the app is opened", option="predict")
    if as_json and ("student" in given or predict is not None or "sheet" in given):
        raise InputError("--json: only with figures, --verify or --plan", option="json")


def open_labs(
    source: str | None,
    options: CorpusOptions | None,
    given: Mapping[str, Any],
    predict: bool | None,
) -> int:
    """Run the app at the laboratories, with a student's file if there is a student."""
    folder = None
    if "student" in given:
        try:
            folder = Path.cwd()
        except FileNotFoundError:
            raise InputError(
                "--student {student}: the working folder is gone; go to another",
                option="student",
                student=given["student"],
            ) from None
    book = LabBook(folder, given.get("student", ""), given.get("class_word", ""), predict=predict)
    code = open_app(source, options, labs=book)
    try:
        book.finish()
    except InputError as error:
        console.complain(error)
        return code or 1
    if book.path is not None:
        console.say(_("your answers are in {path}").format(path=book.path))
    return code
