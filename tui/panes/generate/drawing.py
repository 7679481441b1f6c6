"""What was written, drawn: the text by how sure the model was, and the figures of each token."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from seqtui.tui.cells import fit
from seqtui.tui.foreign import some_symbols, token_symbol, visible_pieces
from seqtui.tui.numbers import count, fixed, probability
from seqtui.tui.translation import N_, _, localized, ngettext
from seqtui.tui.widgets.table import Column, Row

if TYPE_CHECKING:
    from seqtui.engine.generation import Generated
    from seqtui.tui.panes.generate.writers import Writer
    from seqtui.tui.panes.generate.writing import Writing

SURE, DOUBTFUL = 0.5, 0.05
"""Above the first a token is plain, below the second it is highlighted."""
_NAME_CELLS = 10
_BAR_CELLS = 9

COLUMNS = (
    Column("#", 5),
    Column(N_("token"), 0, "left", stretch=True),
    Column("P", 6),
    Column(N_("bits"), 5),
    Column(N_("rank"), 5),
)
WIDE_COLUMNS = (
    Column("#", 5),
    Column(N_("token"), _NAME_CELLS, "left"),
    Column("P", 6),
    Column(N_("bits"), 5),
    Column(N_("rank"), 5),
    Column(N_("drawn from"), 0, "left", stretch=True),
)


def token_rows(writing: Writing) -> Callable[[int], Row]:
    """A table's rows: number, token, its probability under the model, bits, rank, candidates."""
    names, tokenizer = writing.writer.vocabulary.tokens, writing.writer.options.tokenizer

    def row(index: int) -> Row:
        token = writing.tokens[index]
        return (
            count(index + 1),
            token_symbol(names[token.id], tokenizer),
            probability(math.exp(token.log_prob)),
            fixed(abs(token.log_prob) / math.log(2), 2),
            count(token.rank),
            "  ".join(
                f"{token_symbol(names[each], tokenizer)} {probability(chance)}"
                for each, chance in token.candidates
                if chance >= 0.005
            ),
        )

    return row


def written_text(writing: Writing, tokens: Sequence[Generated], marked: int) -> tuple[Content, int]:
    """The prefix and the text after it, a token marked; and where the marked token begins."""
    names = writing.writer.vocabulary.tokens
    tokenizer = writing.writer.options.tokenizer
    before = [names[i] for i in writing.before or []]
    prefix = _texts(before, [], tokenizer)
    after = _texts([names[token.id] for token in tokens], before, tokenizer)
    drawn = visible_pieces([*prefix, *after])
    pieces = [(text, "bold") for text in drawn[: len(prefix)]]
    offset = 0
    for number, (text, token) in enumerate(zip(drawn[len(prefix) :], tokens, strict=True)):
        style = _style(math.exp(token.log_prob))
        if number == marked:
            offset = sum(len(piece) for piece, _style_of in pieces)
            style += " reverse"
        pieces.append((text, style))
    # Neighbours of one style are joined: fewer spans are quicker to wrap.
    return Content.assemble(*_joined(pieces)), offset


def _style(chance: float) -> str:
    if chance >= SURE:
        return ""
    return "$text-warning" if chance >= DOUBTFUL else "$text-error underline"


def style_legend() -> Content:
    """What the styles of the text mean."""
    steps = ((1.0, f"P≥{SURE:g}"), (DOUBTFUL, f"≥{DOUBTFUL:g}"), (0.0, f"<{DOUBTFUL:g}"))
    return Content(" ").join(Content.styled(name, _style(chance)) for chance, name in steps)


def _texts(tokens: Sequence[str], before: Sequence[str], tokenizer: str) -> list[str]:
    """The text each token adds; half a character of `byte` counts where it is completed."""
    from seqtui.corpora.tokenizing import detokenize

    if tokenizer == "char":
        return list(tokens)
    texts = []
    if tokenizer == "byte":
        import codecs

        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for token in before:
            decoder.decode(token.encode("latin-1", "ignore"))
        return [decoder.decode(token.encode("latin-1", "ignore")) for token in tokens]
    last = list(before[-1:])
    for token in tokens:
        texts.append(detokenize([*last, token], tokenizer).removeprefix("".join(last)))
        last = [token]
    return texts


def _joined(pieces: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    joined: list[tuple[list[str], str]] = []
    for text, style in pieces:
        if joined and joined[-1][1] == style:
            joined[-1][0].append(text)
        else:
            joined.append(([text], style))
    return [("".join(texts), style) for texts, style in joined]


def drawn_from(writing: Writing, number: int) -> Content:
    """The candidates of one token, with the probabilities it was drawn with, its own marked."""
    token = writing.tokens[number]
    names, tokenizer = writing.writer.vocabulary.tokens, writing.writer.options.tokenizer
    candidates = list(token.candidates)
    if all(each != token.id for each, _chance in candidates):
        candidates.append((token.id, token.probability))
    lines = []
    for each, chance in candidates:
        name = fit(token_symbol(names[each], tokenizer), _NAME_CELLS, "left")
        lines.append(
            Content.assemble(
                ("▸" if each == token.id else " ", "$primary"),
                f"{name} {probability(chance):>6} ",
                ("█" * round(chance * _BAR_CELLS), "$primary"),
            )
        )
    return Content("\n").join(lines)


def reading_words(writing: Writing | None, width: int) -> Content:
    """What the model was warmed up with; right of it, what the styles of the text mean."""
    words = ""
    if writing is not None and writing.before is not None:
        read = len(writing.before)
        if not read:
            words = _("without a prefix")
        elif writing.unknown:
            words = ngettext(
                "warmed up on {count} token ({unknown} read as <unk>: {tokens})",
                "warmed up on {count} tokens ({unknown} read as <unk>: {tokens})",
                read,
            )
        else:
            words = ngettext("warmed up on {count} token", "warmed up on {count} tokens", read)
        tokens = some_symbols(writing.unknown_tokens, writing.writer.options.tokenizer)
        words = words.format(count=count(read), unknown=count(writing.unknown), tokens=tokens)
    legend = style_legend()
    room = width - cell_len(words) - legend.cell_length
    return Content.assemble(words, " " * room, legend) if room > 1 else Content(words)


def summary_words(writing: Writing, writer: Writer | None, waits: bool) -> str:
    """Tokens, their rate, mean surprise, how they were drawn, and why no more are written.

    `writer` is the model selected now; the name of another that wrote this is shown.
    """
    written, sampling = len(writing.tokens), writing.sampling
    if writer is writing.writer:
        tokens = ngettext("{count} token", "{count} tokens", written)
    else:
        tokens = ngettext("{count} token by {name}", "{count} tokens by {name}", written)
    parts = [tokens.format(count=count(written), name=localized(writing.writer.name))]
    if waits:
        parts.append(_("waits until the run is over; w in Train samples it"))
    elif writing.ended is not None:
        parts.append(localized(writing.ended))
    if written:
        if writing.seconds > 0 and written > 1:
            rate = count(round(written / writing.seconds))
            parts.append(_("{rate} tok/s").format(rate=rate))
        nats = -sum(token.log_prob for token in writing.tokens[:written]) / written
        bits = fixed(abs(nats) / math.log(2), 2)
        parts.append(_("{bits} bits/token").format(bits=bits))
    parts.append(f"T {sampling.temperature:g}")
    if sampling.top_k:
        parts.append(f"top-k {sampling.top_k}")
    if sampling.top_p < 1:
        parts.append(f"top-p {sampling.top_p:g}")
    parts.append(_("seed {seed}").format(seed=sampling.seed))
    if writing.running and not writing.stopping and not waits:
        parts.append(_("writing, esc stops"))
    return " · ".join(parts)
