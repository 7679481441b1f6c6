from __future__ import annotations

import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from seqtui.corpora import fetching
from seqtui.corpora.catalogue import CATALOGUE, Entry, cached_path, location
from seqtui.corpora.errors import Cancelled, InputError
from seqtui.corpora.fetching import FetchError, fetch

BODY = "The text of a corpus, 语料。\n".encode() * 10_000


class Handler(BaseHTTPRequestHandler):
    """Serves the ways a download can go."""

    requests: list[str]

    def do_GET(self) -> None:
        self.requests.append(self.path)
        match self.path:
            case "/good":
                self._send(BODY, len(BODY))
            case "/unannounced":
                self._send(BODY, None)
            case "/other":
                self._send(BODY.replace(b"text", b"tExt"), len(BODY))
            case "/longer":
                self._send(BODY + b"more", len(BODY) + 4)
            case "/truncated":
                self._send(BODY[:70_000], len(BODY))
            case "/moved":
                self.send_response(302)
                self.send_header("Location", "/good")
                self.end_headers()
            case "/nonsense":
                self.wfile.write(b"this is not HTTP\r\n\r\n")
            case "/silent":
                self.server.released.wait()  # type: ignore[attr-defined]
            case _:
                self.send_error(404)

    def _send(self, body: bytes, length: int | None) -> None:
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(Handler, "requests", [], raising=False)
    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.released = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    served.released.set()  # type: ignore[attr-defined]
    served.shutdown()
    served.server_close()
    thread.join()


def entry_at(server: ThreadingHTTPServer, path: str, sized: bool = True) -> Entry:
    return Entry(
        "a-corpus",
        "A corpus",
        "en",
        "public domain",
        "fetched",
        f"http://127.0.0.1:{server.server_port}/{path}",
        hashlib.sha256(BODY).hexdigest(),
        len(BODY) if sized else None,
    )


def nothing_is_left(entry: Entry) -> bool:
    folder = cached_path(entry).parent
    return location(entry) is None and (not folder.exists() or list(folder.iterdir()) == [])


@pytest.mark.parametrize("path", ["good", "unannounced", "moved"])
def test_a_corpus_is_fetched_with_progress(server: ThreadingHTTPServer, path: str) -> None:
    entry = entry_at(server, path)
    seen: list[tuple[int, int]] = []
    found = fetch(entry, lambda done, total: seen.append((done, total)) is None)
    assert found == cached_path(entry) == location(entry)
    assert found.read_bytes() == BODY
    assert list(found.parent.iterdir()) == [found]
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert seen[-1] == (len(BODY), len(BODY))


def test_what_is_there_is_not_fetched_again(server: ThreadingHTTPServer) -> None:
    entry = entry_at(server, "good")
    fetch(entry)
    fetch(entry)
    assert Handler.requests == ["/good"]
    cached_path(entry).write_bytes(b"damaged")
    fetch(entry)
    assert Handler.requests == ["/good", "/good"]
    assert cached_path(entry).read_bytes() == BODY


@pytest.mark.parametrize(
    ("path", "sized", "message"),
    [
        ("other", True, r"is not the corpus \(sha256 .*refused"),
        ("other", False, "is not the corpus"),
        ("longer", True, "sends more than"),
        ("longer", False, "is not the corpus"),
        ("truncated", True, r"ended after 70,000 of 320,000 bytes; try again"),
        ("truncated", False, "is not the corpus"),
        ("absent", True, "answered 404 Not Found"),
        ("nonsense", True, "cannot be reached"),
    ],
)
def test_what_is_not_the_corpus_is_refused_and_removed(
    server: ThreadingHTTPServer, path: str, sized: bool, message: str
) -> None:
    entry = entry_at(server, path, sized)
    with pytest.raises(FetchError, match=message) as caught:
        fetch(entry)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("a-corpus: ")
    assert nothing_is_left(entry)


def test_a_damaged_copy_stays_until_a_good_one_comes(server: ThreadingHTTPServer) -> None:
    entry = entry_at(server, "other")
    path = cached_path(entry)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"damaged")
    with pytest.raises(FetchError):
        fetch(entry)
    assert list(path.parent.iterdir()) == [path]


def test_fetching_can_be_cancelled(server: ThreadingHTTPServer) -> None:
    entry = entry_at(server, "good")
    with pytest.raises(Cancelled):
        fetch(entry, lambda done, total: done < 100_000)
    assert nothing_is_left(entry)


def test_a_silent_server_is_given_up(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT", 0.05)
    entry = entry_at(server, "silent")
    with pytest.raises(FetchError, match="timed out"):
        fetch(entry)
    assert nothing_is_left(entry)


def test_no_server_is_one_line(server: ThreadingHTTPServer) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        entry = entry_at(server, "good")
        port = unused.getsockname()[1]
        refused = Entry(
            *("a-corpus", "A corpus", "en", "public domain", "fetched"),
            f"http://127.0.0.1:{port}/",
            entry.sha256,
        )
        with pytest.raises(FetchError, match=r"cannot be reached: .*[Rr]efused"):
            fetch(refused)


def test_a_cache_that_cannot_be_written_names_the_remedy(
    server: ThreadingHTTPServer, home: Path
) -> None:
    (home / "cache").write_text("in the way")
    with pytest.raises(FetchError, match=r"cannot be written: .*SEQTUI_HOME"):
        fetch(entry_at(server, "good"))


def test_there_is_nothing_to_fetch_of_a_built_in_corpus() -> None:
    with pytest.raises(InputError, match="primer-en is built in"):
        fetch(CATALOGUE["primer-en"])
