"""Which wrong answers of a question the right one could be taken for."""

from __future__ import annotations

from seqtui.engine.labs.task import FARTHEST, Question, Wrong, agree


def too_near(question: Question) -> list[Wrong]:
    """Wrong answers that are not three tolerances away from the right one; there must be none."""
    if question.answer is None:
        return []
    reach = FARTHEST * question.tolerance
    return [each for each in question.wrong if agree(each.value, question.answer, reach)]
