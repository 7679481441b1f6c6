"""A text being written: a worker's thread appends tokens, the screen reads them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from seqtui.corpora.progress import OnProgress
    from seqtui.engine.generation import Generated, GenerationEnded, SamplingOptions
    from seqtui.engine.protocol import Step
    from seqtui.tui.panes.generate.writers import Writer


class Writing:
    """One text: a prefix, and what the model writes after it.

    `prepare` and `stop` belong to the interface's thread, `write` to a worker's; the rest is
    only ever set or appended to, which is atomic.
    """

    def __init__(self, writer: Writer, prefix: str, sampling: SamplingOptions) -> None:
        self.writer = writer
        self.prefix = prefix
        self.sampling = sampling
        """How the next token is drawn."""
        self.before: list[int] | None = None
        """The ids of the prefix, once it was read."""
        self.unknown = 0
        """How many of them are `<unk>`."""
        self.unknown_tokens: tuple[str, ...] = ()
        """The tokens that were read so, each once."""
        self.tokens: list[Generated] = []
        self.seconds = 0.0
        """Time spent writing, without the reading of the prefix."""
        self.ended: GenerationEnded | None = None
        """Why the model cannot write any more."""
        self.running = False
        """Whether tokens are still to come."""
        self._stopped = threading.Event()
        self._step: Step | None = None
        self._random: np.random.Generator | None = None

    def prepare(self, sampling: SamplingOptions) -> None:
        """Get ready for `write` with these options; the seed holds for the whole text."""
        self.sampling = sampling
        self.running = True
        self._stopped.clear()

    def stop(self) -> None:
        """Write no more."""
        self._stopped.set()

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def write(self, tokens: int, keep_going: OnProgress) -> None:
        """Write this many more tokens, unless it is stopped.

        One token at a time writes what all at once would. Raises InputError for a prefix that
        cannot be read.
        """
        from seqtui.engine.generation import GenerationEnded, draw

        try:
            if self._stopped.is_set():
                return
            step, random = self._current()
            banned = self.writer.vocabulary.never_written
            began = time.monotonic() - self.seconds
            for _number in range(tokens):
                token = draw(step.log_probs, self.sampling, banned, random)
                self.tokens.append(token)
                self.seconds = time.monotonic() - began
                step = self._step = step.advance(token.id)
                if self._stopped.is_set():
                    return
        except GenerationEnded as error:
            self.ended = error
        finally:
            self.running = False

    def _current(self) -> tuple[Step, np.random.Generator]:
        """The model's state after the text so far; at the start, the prefix is read."""
        if self._step is None or self._random is None:
            import numpy as np

            from seqtui.corpora.corpus import encode_prefix, unknown_tokens

            writer = self.writer
            ids = encode_prefix(self.prefix, writer.options, writer.vocabulary)
            self.unknown_tokens = unknown_tokens(self.prefix, writer.options, writer.vocabulary)
            self._step = writer.model.start(ids)
            self._random = np.random.default_rng(self.sampling.seed)
            self.before = ids.tolist()
            unknown = writer.vocabulary.unknown
            self.unknown = 0 if unknown is None else self.before.count(unknown)
        return self._step, self._random
