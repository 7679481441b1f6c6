"""Fetching a corpus over the network, once: streamed, its hash checked, then put in place."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import Request, build_opener

from seqtui.corpora.catalogue import Entry, cached_path
from seqtui.corpora.errors import InputError, UserError
from seqtui.corpora.files import read_file, replacing
from seqtui.corpora.progress import OnProgress, report

TIMEOUT = 20.0
"""Seconds without an answer or a byte after which fetching fails."""

_CHUNK = 1 << 16


class FetchError(UserError, RuntimeError):
    """A corpus could not be fetched: the network, the server, or what it sent."""


def fetch(entry: Entry, on_progress: OnProgress | None = None) -> Path:
    """Fetch a corpus into the cache folder; the path of its file.

    A copy that is there and has the pinned sha256 is not fetched again. `on_progress` counts
    bytes. Raises InputError for a corpus that is built in, Cancelled, and FetchError when it
    cannot be had or is not what the hash pins; nothing of it is kept then.
    """
    if entry.url is None or entry.sha256 is None:
        raise InputError("{name} is built in: there is nothing to fetch", name=entry.name)
    path = cached_path(entry)
    if _has_hash(path, entry.sha256):
        return path
    with _new_file(path) as file:
        digest = hashlib.sha256()
        received = 0
        for chunk, total in _chunks(entry.name, entry.url):
            total = entry.fetched_size or total
            received += len(chunk)
            if entry.fetched_size is not None and received > entry.fetched_size:
                raise FetchError(
                    "{name}: {url} sends more than the {size:,} bytes it should have; refused",
                    name=entry.name,
                    url=entry.url,
                    size=entry.fetched_size,
                )
            digest.update(chunk)
            with _writing(path):
                file.write(chunk)
            report(on_progress, received, max(total, received))
        if digest.hexdigest() != entry.sha256:
            raise _refusal(entry, received, digest.hexdigest())
    return path


def _refusal(entry: Entry, received: int, sha256: str) -> FetchError:
    if entry.fetched_size is not None and received < entry.fetched_size:
        return FetchError(
            "{name}: the connection ended after {received:,} of {size:,} bytes; try again",
            name=entry.name,
            received=received,
            size=entry.fetched_size,
        )
    return FetchError(
        "{name}: what {url} sent is not the corpus (sha256 {found}… instead of {expected}…); "
        "refused",
        name=entry.name,
        url=entry.url,
        found=sha256[:12],
        expected=(entry.sha256 or "")[:12],
    )


def _has_hash(path: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(read_file(path)).hexdigest() == sha256
    except InputError:
        return False


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """What the file system refuses, as one line."""
    try:
        yield
    except OSError as error:
        raise FetchError(
            "{path} cannot be written: {reason}; SEQTUI_HOME names another folder",
            path=path,
            reason=error.strerror or error,
        ) from error


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file beside `path` that takes its name at the end, and is gone after an error."""
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part, part.open("wb") as file:
            yield file


def _chunks(name: str, url: str) -> Iterator[tuple[bytes, int]]:
    """Pieces of what lies at a URL, each with the announced total (0 if none is)."""
    # An opener of its own reads the proxies of the environment as they are now.
    request = Request(url, headers={"User-Agent": "seqtui"})
    try:
        with build_opener().open(request, timeout=TIMEOUT) as response:
            announced = response.headers.get("Content-Length", "")
            total = int(announced) if announced.isdecimal() else 0
            while chunk := response.read(_CHUNK):
                yield chunk, total
    except HTTPError as error:
        raise FetchError(
            "{name}: {url} answered {code} {reason}",
            name=name,
            url=url,
            code=error.code,
            reason=error.reason,
        ) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        reason = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        raise FetchError(
            "{name}: {url} cannot be reached: {reason}", name=name, url=url, reason=reason
        ) from error
