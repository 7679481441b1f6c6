"""`seqtui watch RUN`: look at a run that another process writes, or wrote."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from seqtui.engine.runs import events as kinds
from seqtui.engine.runs.history import History
from seqtui.engine.worker import LOOK_SECONDS
from seqtui.tui.cli import console
from seqtui.tui.cli.options import json_option, run_argument
from seqtui.tui.cli.parsing import Command
from seqtui.tui.numbers import count, duration, nats, perplexity
from seqtui.tui.translation import N_, _, localized

if TYPE_CHECKING:
    from seqtui.engine.runs.following import RunFollower


@click.command(
    "watch",
    cls=Command,
    help=N_(
        "Watch RUN, which another process writes, in the Train pane: its curves as they grow; the "
        "keys ask it to pause, stop, save or change the learning rate. Leaving leaves it alone. "
        "Without a terminal its reports are printed, a line each, until it ends."
    ),
    examples=(
        "seqtui watch 20260101-120000-book-gru",
        "seqtui watch RUN --json",
        "seqtui watch RUN | grep held-out",
    ),
)
@run_argument()
@json_option
def command(run: str, as_json: bool) -> int:
    """Open the app on the run, or print its reports."""
    from seqtui.engine.runs.following import RunFollower
    from seqtui.engine.runs.run import open_run

    found = open_run(run)
    if as_json:
        console.document(_document(RunFollower(found.path)))
        return 0
    if console.is_terminal(sys.stdout) and console.is_terminal(sys.stdin):
        from seqtui.corpora.catalogue import STDIN
        from seqtui.engine.runs.folder import CORPUS_TEXT
        from seqtui.tui.cli.opening import open_app

        own = found.config.corpus == STDIN

        source = str(found.path / CORPUS_TEXT) if own else found.config.corpus
        return open_app(source, found.config.corpus_options, watch=found.path)
    return _print_until_the_end(RunFollower(found.path))


def _document(follower: RunFollower) -> dict[str, Any]:
    """The state of the run now."""
    history = History()
    reading = True
    while reading:  # a long history takes several reads
        for event in follower.poll():
            history.add(event)
        reading = follower.behind
    run, report, evaluated = follower.run, history.report, history.evaluated
    return {
        "run": run.path,
        "state": run.state,
        "alive": run.state == "running" and not follower.trouble,
        "trouble": follower.trouble or None,
        "step": report.step if report else 0,
        "steps_total": run.started.steps_total if run.started else None,
        "seconds": report.seconds if report else None,
        "tokens_per_second": report.tokens_per_second if report else None,
        "eta": report.eta if report else None,
        "train": {"loss": report.loss} if report else None,
        "held_out": {**evaluated.evaluation.document(), "step": evaluated.step}
        if evaluated
        else None,
        "failure": run.failure,
    }


def _print_until_the_end(follower: RunFollower) -> int:
    """A line for each report; 0 when the run ended as it should, 1 when it failed or is gone."""
    failed = False
    while not (follower.ended or follower.gone):
        for event in follower.poll():
            failed = failed or isinstance(event, kinds.Failed)
            line = _line(event)
            if line:
                console.say(line)
        console.flush()
        if not follower.ended:
            time.sleep(LOOK_SECONDS)
    return int(failed or follower.gone)


def _line(event: kinds.Event) -> str:
    """An event in one line, empty for one that needs no line."""
    match event:
        case kinds.StepReport():
            return _("step {step}  {time}  loss {loss}  {rate} tok/s").format(
                step=count(event.step),
                time=duration(event.seconds),
                loss=nats(event.loss),
                rate=count(round(event.tokens_per_second)),
            )
        case kinds.Evaluated():
            shown = perplexity(event.evaluation.perplexity)
            text = _("step {step}  held-out {perplexity}")
            if event.best:
                text = _("step {step}  held-out {perplexity}  best")
            return text.format(step=count(event.step), perplexity=shown)
        case kinds.Notice(text=text):
            return localized(text)
        case kinds.Paused(step=step):
            return _("step {step}  paused").format(step=count(step))
        case kinds.Resumed(step=step):
            return _("step {step}  resumed").format(step=count(step))
        case kinds.Failed(message=message):
            return _("failed: {message}").format(message=localized(message))
        case kinds.Finished(step=step, reason=reason):
            return _("step {step}  {reason}").format(step=count(step), reason=localized(reason))
        case _:
            return ""
