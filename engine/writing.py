"""From a prefix to a text: the prefix is read as the corpus was, then the model goes on."""

from __future__ import annotations

from seqtui.corpora.arranging import text_of_tokens
from seqtui.corpora.corpus import CorpusOptions, encode_prefix
from seqtui.corpora.vocabulary import Vocabulary
from seqtui.engine.generation import SamplingOptions, generate
from seqtui.engine.protocol import LanguageModel


def write_text(
    model: LanguageModel,
    vocabulary: Vocabulary,
    options: CorpusOptions,
    prefix: str,
    tokens: int,
    sampling: SamplingOptions,
) -> str:
    """The prefix, cleaned, and `tokens` tokens that the model writes after it."""
    ids = encode_prefix(prefix, options, vocabulary)
    written = generate(model, ids, tokens, sampling, vocabulary.never_written)
    all_ids = [*ids.tolist(), *(each.id for each in written)]
    return text_of_tokens([vocabulary.tokens[each] for each in all_ids], options)
