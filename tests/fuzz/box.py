"""Where a case happens: a home, a working folder, and files beside them that nobody may touch."""

from __future__ import annotations

import contextlib
import io
import os
import random
import shutil
import subprocess
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from command_line import PROGRAM, environment
from fuzz.mutations import make_strange

CODES = (0, 1, 2)
TRACED = "(traceback in "
"""What a failure says that nobody foresaw."""
MOST_LINES = 4
"""On stderr of a command that fails: the reason, and before it what is doubtful about a text."""
SHARE_OF_PROCESSES = 0.004
"""Commands that run as a process of their own, where the streams are those of a shell."""


class Finding(Exception):
    """A case that went wrong."""


class Box:
    """A sandbox: `home` and `work` may change, all else must not."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home"
        self.work = root / "work"
        self.seeds = root / "seeds"
        self.outside = root / "outside"
        self.precious = self.outside / "precious"
        for folder in (self.home, self.work, self.seeds, self.outside):
            folder.mkdir(parents=True)
        self.precious.write_text("mine\n")
        (self.outside / "folder").mkdir()
        (self.outside / "folder" / "file").write_text("mine too\n")
        os.environ["SEQTUI_HOME"] = str(self.home)
        os.environ.pop("SEQTUI_TRACEBACK", None)
        self.rng = random.Random(0)
        self.put_here: dict[str, bytes | str] = {}
        """What was put into files in this case, for the report."""
        self.done: list[str] = []
        """What was done in this case, for the report."""
        self._kept = self._seen()

    @property
    def runs(self) -> Path:
        """The runs' folder."""
        return self.home / "data" / "runs"

    def begin(self, rng: random.Random) -> None:
        """An empty home and working folder."""
        self.rng = rng
        self.put_here, self.done = {}, []
        os.chdir(self.root)
        for folder in (self.home, self.work):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        os.chdir(self.work)

    def end(self) -> None:
        """Raise Finding if anything changed outside."""
        now = self._seen()
        if now != self._kept:
            raise Finding(f"changed outside: {sorted(set(now.items()) ^ set(self._kept.items()))}")

    def put(self, path: Path, data: bytes) -> None:
        """Write a file of the case."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink() or path.exists():
            path.unlink()
        path.write_bytes(data)
        self.put_here[str(path.relative_to(self.root))] = data

    def put_strange(self, path: Path) -> None:
        """Put what is no file there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        kind = make_strange(self.rng, path, self.precious)
        self.put_here[str(path.relative_to(self.root))] = kind

    def put_or_strange(self, path: Path, data: Callable[[], bytes]) -> None:
        """A file of the case, or now and then what is no file."""
        if self.rng.random() < 0.04:
            self.put_strange(path)
        else:
            self.put(path, data())

    def command(self, *arguments: object, stdin: bytes = b"") -> int:
        """Run `seqtui` and check how it ended."""
        words = [_as_argument(str(each)) for each in arguments]
        self.done.append("seqtui " + " ".join(map(repr, words)))
        if sum(map(len, words)) < 100_000 and self.rng.random() < SHARE_OF_PROCESSES:
            ended = subprocess.run(
                [*PROGRAM, *words],
                input=stdin,
                capture_output=True,
                timeout=60,
                env=environment(self.home),
                check=False,
            )
            code, err = ended.returncode, ended.stderr.decode("utf-8", "replace")
        else:
            code, err = _in_process(words, stdin)
        self.done[-1] += f"  -> {code} {err[:300]!r}"
        check_ending(code, err)
        return code

    def use(self, what: str, function: Callable[[], Any]) -> Any:
        """Call what a user's action calls; refusals are expected, anything else is none."""
        from seqtui.corpora.errors import UserError

        self.done.append(what)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                return function()
            except UserError as error:
                self.done[-1] += f"  -> {str(error)[:300]!r}"
                if len(str(error).splitlines()) != 1:
                    raise Finding(f"{what}: not one line: {str(error)!r}") from error
            except MemoryError:
                raise
            except Exception as error:
                raise Finding(f"{what}: {traceback.format_exc()}") from error
            finally:
                if caught:
                    raise Finding(f"{what}: {caught[0]}")
        return None

    def _seen(self) -> dict[str, tuple[int, bytes]]:
        return {
            str(each): (each.stat().st_mtime_ns, each.read_bytes()) if each.is_file() else (0, b"")
            for each in (*self.outside.rglob("*"), *self.root.iterdir())
        }


def _as_argument(word: str) -> str:
    """A text as a process can be given it: any bytes but NUL."""
    data = word.replace("\0", "").encode("utf-8", "surrogatepass")
    return data.decode("utf-8", "surrogateescape")


def _in_process(words: list[str], stdin: bytes) -> tuple[int, str]:
    from seqtui.tui.main import run

    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    err = io.TextIOWrapper(io.BytesIO(), "utf-8")
    given = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    before = sys.stdin
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        sys.stdin = given
        try:
            code = run(words)
        finally:
            sys.stdin = before
            err.flush()
    return code, err.buffer.getvalue().decode("utf-8", "replace")  # type: ignore[attr-defined]


def check_ending(code: int, err: str) -> None:
    if code not in CODES:
        raise Finding(f"exit code {code}: {err[:2000]}")
    if TRACED in err:
        log = Path(os.environ["SEQTUI_HOME"])
        logs = [each.read_text() for each in log.rglob("last-failure.log")]
        raise Finding(f"a failure that nobody foresaw: {err}{''.join(logs)}")
    if "Traceback" in err or "Warning:" in err:
        raise Finding(f"on stderr: {err[:4000]}")
    lines = err.splitlines()
    # What a command says of the text, each once, may come before the line of what it refuses.
    if code and (not 1 <= len(lines) <= MOST_LINES or len(lines) > len({*lines})):
        raise Finding(f"exit code {code} with {len(lines)} lines: {err[:2000]!r}")
    if any(not line.startswith("seqtui: ") for line in lines):
        raise Finding(f"a line that is no message: {err[:2000]!r}")
    if any(len(line) > 2500 for line in lines):
        raise Finding(f"a line of {max(map(len, lines))} characters: {err[:500]!r}")
