"""What a class made of each task and prediction, over all files that were checked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from seqtui.corpora.errors import UserMessage
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.verify import Checked, all_tasks


@dataclass(frozen=True, slots=True)
class Summary:
    """What a class made of one task."""

    task: str
    students: int
    first_right: float
    """Share of those who answered whose first answer was right."""
    commonest: str
    """The commonest wrong answer, one example of it; empty for none."""
    times: int
    """How many students gave it."""
    misconception: UserMessage | None


def summarise(checked: Sequence[Checked]) -> list[Summary]:
    """What a class made of each task that somebody answered.

    Students have different numbers, so wrong answers are the same when their misconception is.
    """
    summaries = []
    for name in all_tasks():
        outcomes = [each.tasks[name] for each in checked if name in each.tasks]
        if not outcomes:
            continue
        groups: dict[str, list[tuple[str, UserMessage | None]]] = defaultdict(list)
        for outcome in outcomes:
            kinds = {
                reason.template if reason else given: (given, reason)
                for given, reason in reversed(outcome.wrong)
            }
            for kind, example in kinds.items():
                groups[kind].append(example)
        most = max(groups.values(), key=len, default=[])
        given, misconception = most[0] if most else ("", None)
        share = sum(each.first for each in outcomes) / len(outcomes)
        summaries.append(Summary(name, len(outcomes), share, given, len(most), misconception))
    return summaries


def predictions_of(checked: Sequence[Checked]) -> dict[str, tuple[int, int, int]]:
    """How many of a class predicted each of the three answers, by laboratory."""
    found = {}
    for lab in LABS.values():
        chosen = [each.predictions[lab.name] for each in checked if lab.name in each.predictions]
        if chosen:
            found[lab.name] = (chosen.count(1), chosen.count(2), chosen.count(3))
    return found
