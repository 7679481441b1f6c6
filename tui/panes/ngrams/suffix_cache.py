"""The suffix array of the corpus on show, built in the background when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.progress import OnProgress
    from seqtui.engine.ngrams.suffixes import SuffixArray
    from seqtui.tui.session import Session
    from seqtui.tui.tasks import Task


class SuffixCache:
    """One suffix array, 8 bytes a token, and a word on why it is not there.

    It is built on a thread of its own: counting and searches do not wait for it.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._fingerprint = ""
        self._array: SuffixArray | None = None
        self._work: Task[SuffixArray | None] | None = None
        self._waiting: list[Callable[[], None]] = []
        self._refused = False

    def array(self, corpus: Corpus, then: Callable[[], None]) -> SuffixArray | None:
        """The array of a corpus if it is there; else it is built, and `then` called when it is."""
        if corpus.fingerprint != self._fingerprint:
            self.forget()
            self._fingerprint = corpus.fingerprint
        if self._array is not None or self._refused:
            return self._array
        self._waiting.append(then)
        if self._work is None:
            self._build(corpus)
        return None

    @property
    def reason(self) -> UserMessage | None:
        """Why there is no array, in a few words; None where there is one."""
        if self._array is not None:
            return None
        if self._refused:
            return UserMessage("no memory for the suffix array")
        return UserMessage("the suffix array is being built")

    def forget(self) -> None:
        """Let go of it: another corpus is on show."""
        if self._work is not None:
            self._work.cancel()
        self._work = self._array = None
        self._waiting = []
        self._refused = False
        self._fingerprint = ""

    def _build(self, corpus: Corpus) -> None:
        def build(keep_going: OnProgress) -> SuffixArray | None:
            from seqtui.engine.ngrams.suffixes import build_suffix_array

            ids = corpus.written_ids
            try:
                array = build_suffix_array(ids, len(corpus.vocabulary), keep_going)
            except (InputError, MemoryError):
                return None
            array.count(ids[:1].tolist())  # the first search prepares the others
            return array

        def take(array: SuffixArray | None) -> None:
            self._array, self._refused = array, array is None
            waiting, self._waiting = self._waiting, []
            for then in waiting:
                then()

        self._work = self._session.tasks.start(
            _("sorting suffixes"), build, then=take, worker=self._session.suffix_worker
        )
