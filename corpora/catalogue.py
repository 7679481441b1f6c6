"""The corpora that have a name. Imports little: the app's first paint imports this."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from seqtui.corpora.errors import InputError
from seqtui.corpora.folders import cache_folder

if TYPE_CHECKING:
    from seqtui.corpora.reading import Text

DEFAULT = "python-manual"
"""The corpus the app opens when none is named."""

SUBSTITUTE = "primer-en"
"""The corpus the app opens instead where Python comes without the default one."""

STDIN = "-"
"""The source that means standard input."""

_TEXTS = Path(__file__).with_name("texts")


@dataclass(frozen=True)
class Entry:
    """A corpus of the catalogue."""

    name: str
    title: str
    language: str
    """`en`, `zh` or `python`."""
    licence: str
    origin: str = "built-in"
    """`built-in`, or `fetched` once with `seqtui corpus fetch`."""
    url: str | None = None
    """Where it is fetched from; None for a built-in corpus."""
    sha256: str | None = None
    """What is fetched must have this hash."""
    fetched_size: int | None = None
    """Bytes of what is fetched."""

    @property
    def size(self) -> int | None:
        """Bytes of its UTF-8; None where this Python lacks it. Reads a built-in corpus once."""
        return self.fetched_size if self.url is not None else _built_in_size(self.name)


def _entries() -> Iterator[Entry]:
    yield Entry("python-manual", "Python's language reference, its prose", "en", "PSF-2.0")
    yield Entry("python-source", "Modules of Python's standard library", "python", "PSF-2.0")
    yield Entry("primer-en", "Sequence models, explained with examples", "en", "MIT")
    yield Entry("primer-zh", "序列模型，用例子讲", "zh", "MIT")
    yield Entry("canteen", "下课后去哪里：十二行，每个分数都数得出来", "zh", "MIT")
    yield Entry(
        "time-machine",
        "H. G. Wells, The Time Machine (1895)",
        "en",
        "public domain",
        "fetched",
        "http://d2l-data.s3-accelerate.amazonaws.com/timemachine.txt",
        "8424dbd9532ac81f7e5f0b6add90e6952baea29158309d7d1bf3884f4e12c516",
        178_979,
    )
    yield Entry(
        "tinyshakespeare",
        "William Shakespeare, scenes from his plays",
        "en",
        "public domain",
        "fetched",
        "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        1_115_394,
    )


CATALOGUE: dict[str, Entry] = {entry.name: entry for entry in _entries()}
"""The corpora by name, the default first."""


def open_text(source: str, encoding: str | None = None, stdin: BinaryIO | None = None) -> Text:
    """The text of that name in the catalogue, else of the file at that path, or of `-`.

    `./NAME` is the file of a name that the catalogue has too. `encoding` is for files and
    standard input, which is `sys.stdin` unless given. Raises InputError for what is neither,
    cannot be read or has not been fetched.
    """
    if source == STDIN:
        return _read_stdin(encoding, stdin)
    entry = CATALOGUE.get(source)
    if entry is None:
        return _read_file(source, encoding)
    return _built_in(entry.name) if entry.url is None else _fetched(entry, encoding)


def open_default() -> Text:
    """The text of `DEFAULT`, or of `SUBSTITUTE` where this Python comes without it."""
    try:
        return _built_in(DEFAULT)
    except InputError:
        return _built_in(SUBSTITUTE)


def version(source: str) -> str | None:
    """What a corpus of the catalogue depends on beside its name; None for all but Python's own."""
    if source not in ("python-manual", "python-source"):
        return None
    return f"Python {platform.python_version()}"


def cached_path(entry: Entry) -> Path:
    """Where a fetched corpus lies, or will lie."""
    return cache_folder() / "corpora" / f"{entry.name}.txt"


def location(entry: Entry) -> Path | None:
    """Where a fetched corpus lies; None before that and for built-in ones."""
    path = cached_path(entry)
    return path if entry.url is not None and os.path.isfile(path) else None


def _read_stdin(encoding: str | None, stdin: BinaryIO | None) -> Text:
    from seqtui.corpora.reading import read_stdin

    if stdin is None:
        if sys.stdin is None:
            raise InputError("corpus -: there is no standard input; name a file")
        stdin = sys.stdin.buffer
    return read_stdin(stdin, encoding)


def _read_file(source: str, encoding: str | None) -> Text:
    from seqtui.corpora.reading import read_path

    if "://" in source and source.split("://")[0].isalpha() and not Path(source).exists():
        raise InputError(
            "{source} is an address, not a file: fetch it first, as by curl -LO, and name the file",
            source=source,
        )
    try:
        path = Path(source).expanduser()
        is_name = Path(source).name == source and not os.path.lexists(path)
    except (OSError, RuntimeError, ValueError) as error:
        # A home that is not known, a name too long or with a NUL in it.
        raise InputError("{source}: no file can have this name", source=source) from error
    if is_name:
        raise _unknown_name(source)
    return read_path(path, encoding)


def _unknown_name(name: str) -> InputError:
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), CATALOGUE, n=1)
    corpora = ", ".join(CATALOGUE)
    if near:
        return InputError(
            "{name!r} is neither a file here nor a corpus. Did you mean {near}? The corpora: "
            "{corpora}",
            name=name,
            near=near[0],
            corpora=corpora,
        )
    return InputError(
        "{name!r} is neither a file here nor a corpus. The corpora: {corpora}",
        name=name,
        corpora=corpora,
    )


def _built_in(name: str) -> Text:
    from seqtui.corpora.reading import Text, read_bytes

    if name == "python-manual":
        from seqtui.corpora.python_manual import manual_text

        content = manual_text()
    elif name == "python-source":
        from seqtui.corpora.python_source import library_source

        content = library_source()
    else:
        content = read_bytes(_TEXTS / f"{name}.txt").decode("utf-8")
    return Text(name, content, "utf-8", len(content.encode()), None)


@cache
def _built_in_size(name: str) -> int | None:
    try:
        return _built_in(name).size
    except InputError:
        return None


def _fetched(entry: Entry, encoding: str | None) -> Text:
    from hashlib import sha256

    from seqtui.corpora.reading import read_bytes, text_of

    path = location(entry)
    if path is None:
        raise InputError(
            "{name} is not here yet: fetch it with seqtui corpus fetch {name}", name=entry.name
        )
    data = read_bytes(path)
    if sha256(data).hexdigest() != entry.sha256:
        raise InputError(
            "{path} is damaged: fetch it again with seqtui corpus fetch {name}",
            path=path,
            name=entry.name,
        )
    return text_of(data, entry.name, entry.name, path, encoding)
