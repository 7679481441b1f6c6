"""Figures that were recorded with answers, computed again where counting can.

What is trained or timed differs between machines, and a text of one's own is not here: these are
named, not computed. The settings come from a file that anybody may have written, so that they pass
the same checks as typed ones, and all computing together has a budget in seconds.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields
from enum import Enum
from itertools import product
from typing import TYPE_CHECKING, Any

from seqtui.corpora.errors import Cancelled, UserError
from seqtui.corpora.options import CorpusOptions
from seqtui.engine.labs.hand_in import figures_record
from seqtui.engine.labs.lab import LABS, Lab
from seqtui.engine.labs.settings import check_settings

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus

CLOSE = 1e-3
"""Relative difference of two figures that are the same on two machines."""
LONGEST_TEXT = 2_000
"""Characters of a text among the settings."""
TEXTS = ("primer-en", "primer-zh", "canteen", "python-manual")
"""Built-in corpora, of which a fingerprint may be."""


class Recomputed(Enum):
    """What came of recorded figures."""

    SAME = "same"
    OTHER = "other"
    """They do not recompute."""
    OUT_OF_REACH = "out of reach"
    """Trained, timed, of a corpus that is not here, or of settings that this version lacks."""
    OUT_OF_TIME = "out of time"


class Recomputer:
    """Computes recorded figures again, each picture once for all files.

    `seconds` is the budget of all of them.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._longest = seconds / 4
        """Of one picture, so that none takes the time of all."""
        self._found: dict[str, tuple[Recomputed, list[float]]] = {}
        self._corpora: dict[str, Corpus] = {}
        self._untried = list(product(("char", "word"), ("stream", "line"), TEXTS))

    def check(self, record: Mapping[str, Any]) -> Recomputed:
        """What comes of one recorded picture."""
        numbers = record.get("numbers")
        try:
            key = json.dumps(
                [record.get(each) for each in ("lab", "parameters", "seed", "corpus")],
                sort_keys=True,
            )
        except (RecursionError, ValueError):
            return Recomputed.OUT_OF_REACH
        if key not in self._found:
            self._found[key] = self._compute(record)
        outcome, computed = self._found[key]
        if outcome is not Recomputed.SAME:
            return outcome
        return Recomputed.SAME if _close(numbers, computed) else Recomputed.OTHER

    def _compute(self, record: Mapping[str, Any]) -> tuple[Recomputed, list[float]]:
        lab = LABS.get(str(record.get("lab")))
        settings = None if lab is None else _settings(lab, record.get("parameters"))
        if lab is None or settings is None or lab.varies(settings):
            return Recomputed.OUT_OF_REACH, []
        started = time.monotonic()
        left = min(self._seconds, self._longest)

        def in_time(done: int, total: int) -> bool:
            return time.monotonic() - started < left

        try:
            if left <= 0:
                return Recomputed.OUT_OF_TIME, []
            wanted = record.get("corpus")
            corpus = None
            if lab.reads_corpus and wanted is not None:  # a view may read no text
                corpus = self._corpus(str(wanted), in_time)
                if corpus is None:
                    return Recomputed.OUT_OF_REACH, []
            made = figures_record(lab.run(corpus, settings, in_time))
        except Cancelled:
            return Recomputed.OUT_OF_TIME, []
        except Exception:  # settings of a file may lead anywhere; no file stops another's
            return Recomputed.OUT_OF_REACH, []
        finally:
            self._seconds -= time.monotonic() - started
        assert made is not None
        return Recomputed.SAME, made["numbers"]

    def _corpus(self, wanted: str, in_time: Any) -> Corpus | None:
        """The built-in corpus of a fingerprint, read in one of the usual ways."""
        from seqtui.corpora.catalogue import open_text
        from seqtui.corpora.corpus import build_corpus

        while wanted not in self._corpora and self._untried:
            tokenizer, boundaries, name = self._untried.pop(0)
            options = CorpusOptions(tokenizer=tokenizer, boundaries=boundaries)
            try:
                corpus = build_corpus(open_text(name), options, in_time)
                self._corpora[corpus.fingerprint] = corpus
            except UserError:  # a Python without its manual
                continue
        return self._corpora.get(wanted)


def _settings(lab: Lab, parameters: object) -> Any:
    """A laboratory's settings of recorded parameters; None for what they cannot be."""
    if not isinstance(parameters, dict):
        return None
    defaults = lab.settings()
    if set(parameters) != {each.name for each in fields(defaults)}:
        return None
    for name, value in parameters.items():
        kind = type(getattr(defaults, name))
        if type(value) is not kind and not (kind is float and type(value) is int):
            return None
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            return None
    try:
        settings = lab.settings(**parameters)
        check_settings(settings)
    except (UserError, OverflowError):
        return None
    return settings


def _close(given: object, computed: Sequence[float]) -> bool:
    """Whether recorded numbers are those of here."""
    if not isinstance(given, list) or len(given) != len(computed):
        return False
    return all(
        isinstance(one, int | float)
        and not isinstance(one, bool)
        and abs(one) < 1e300
        and math.isclose(one, other, rel_tol=CLOSE, abs_tol=1e-300)
        for one, other in zip(given, computed, strict=True)
    )
