"""Modules of Python's standard library as a text of Python."""

from __future__ import annotations

import os
from pathlib import Path

from seqtui.corpora.errors import InputError
from seqtui.corpora.files import read_file

MODULES = (
    "abc",
    "ast",
    "base64",
    "bisect",
    "calendar",
    "codecs",
    "collections/__init__",
    "concurrent/futures/thread",
    "contextlib",
    "copy",
    "csv",
    "dataclasses",
    "difflib",
    "enum",
    "fileinput",
    "fnmatch",
    "fractions",
    "functools",
    "glob",
    "graphlib",
    "gzip",
    "heapq",
    "http/client",
    "json/decoder",
    "json/encoder",
    "linecache",
    "logging/__init__",
    "numbers",
    "operator",
    "os",
    "posixpath",
    "pprint",
    "pstats",
    "queue",
    "random",
    "reprlib",
    "sched",
    "selectors",
    "shelve",
    "shlex",
    "shutil",
    "statistics",
    "string",
    "subprocess",
    "tempfile",
    "textwrap",
    "threading",
    "timeit",
    "traceback",
    "types",
    "unittest/case",
    "urllib/parse",
    "warnings",
    "weakref",
)
"""Well-known modules, about 1.5 MB: in the same Python the same text on every platform."""


def library_source() -> str:
    """The sources of `MODULES` one after the other, those that this Python lacks left out.

    Raises InputError where Python comes without any sources.
    """
    folder = Path(os.__file__).parent
    sources = []
    for module in MODULES:
        try:
            source = read_file(folder / f"{module}.py").decode()
        except (InputError, UnicodeDecodeError):
            continue
        sources.append(source.replace("\r\n", "\n"))
    if not sources:
        raise InputError(
            "python-source: this Python comes without its library's sources; "
            "open python-manual instead"
        )
    return "\n".join(sources)
