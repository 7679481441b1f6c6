"""Evaluating a part of a corpus: the part itself, not the caller, records what was evaluated."""

from __future__ import annotations

import hashlib

from seqtui.corpora.corpus import CorpusOptions, Part
from seqtui.corpora.progress import OnProgress
from seqtui.corpora.tokenizing import LOSSLESS
from seqtui.corpora.vocabulary import Vocabulary
from seqtui.engine.evaluation import EvaluatedText, Evaluation, evaluate
from seqtui.engine.ngrams.backoff import line_boundaries
from seqtui.engine.protocol import LanguageModel


def evaluated_text(
    part: Part, split: str, vocabulary: Vocabulary, options: CorpusOptions
) -> EvaluatedText:
    """What an evaluation of `part` compares with; `split` is `held-out`, `train` or a file."""
    tokens = hashlib.sha256(vocabulary.fingerprint.encode() + part.ids.tobytes())
    return EvaluatedText(
        split=split,
        text=part.text_fingerprint,
        tokens=tokens.hexdigest()[:16],
        characters=part.characters,
        lossless=options.tokenizer in LOSSLESS
        and options.boundaries == "stream"  # </s> replaces a line end only nearly
        and part.unknown == 0,
    )


def evaluate_part(
    model: LanguageModel,
    part: Part,
    split: str,
    vocabulary: Vocabulary,
    options: CorpusOptions,
    on_progress: OnProgress | None = None,
) -> Evaluation | None:
    """Score every token of a part but the first; None when `on_progress` returns False."""
    boundaries = line_boundaries(vocabulary, options)
    return evaluate(
        model,
        part.ids,
        evaluated_text(part, split, vocabulary, options),
        on_progress,
        vocabulary.unknown,
        None if boundaries is None else boundaries.begin,
    )
