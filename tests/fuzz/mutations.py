"""How a file is spoiled: bytes, JSON values at every path, lines, and what is no file at all."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TEXTS = [
    "",
    " ",
    "\0",
    "\n",
    "a\nb",
    "\x1b[2J",
    "\ud800",
    "\udcff",
    "e" + "\u0301" * 200,
    "\u202eabc",
    "中" * 50,
    "x" * 5000,
    "9" * 4400,
    "1e999",
    "-0",
    "nan",
    "../../outside/precious",
    "/dev/zero",
    "~",
    "%s{0}{x!r}",
    "\ufeff",
]
NUMBERS: list[Any] = [
    0,
    -1,
    1,
    2,
    7,
    2**31,
    2**53 + 1,
    2**63 - 1,
    2**63,
    -(2**63),
    10**400,
    0.0,
    -0.0,
    0.5,
    1e-320,
    1e308,
    -1e308,
    float("nan"),
    float("inf"),
    float("-inf"),
]
BYTES = [b"\0", b"\xff", b"\n", b"\r", b"{", b"}", b"[", b'"', b"\\", b"\x1b", b"9", b"-", b"\xc3"]
KINDS = ["link", "loop", "pipe", "folder", "device", "missing", "empty", "unreadable", "socketlike"]


def texts_of(rng: random.Random) -> str:
    """A text that nobody would type."""
    if rng.random() < 0.7:
        return rng.choice(TEXTS)
    return "".join(chr(rng.choice([rng.randrange(128), rng.randrange(0x3000)])) for _ in range(9))


def value(rng: random.Random, depth: int = 0) -> Any:
    """Any JSON value, and some that are none."""
    kind = rng.randrange(7 if depth < 3 else 5)
    if kind < 2:
        return rng.choice(NUMBERS)
    if kind == 2:
        return texts_of(rng)
    if kind == 3:
        return rng.choice([None, True, False])
    if kind == 4:
        return rng.choice([[], {}, [[]], {"": {}}])
    if kind == 5:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {texts_of(rng)[:20]: value(rng, depth + 1) for _ in range(rng.randrange(4))}


def paths(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where there is a value in a JSON value, itself among them; of a long list a few places."""
    yield path
    if isinstance(data, dict):
        for name in data:
            yield from paths(data[name], (*path, name))
    elif isinstance(data, list):
        for index in range(min(len(data), 6)):
            yield from paths(data[index], (*path, index))


def json_changed(rng: random.Random, data: Any) -> Any:
    """A JSON value, changed in one to three places."""
    data = json.loads(json.dumps(data))
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        path = rng.choice(list(paths(data)))
        if not path:
            if rng.random() < 0.2:
                return value(rng)
            continue
        holder = data
        for step in path[:-1]:
            holder = holder[step]
        last = path[-1]
        kind = rng.randrange(10)
        if kind == 0:
            del holder[last]
        elif kind == 1 and isinstance(holder, dict):
            holder[texts_of(rng)[:30]] = holder[last] if rng.random() < 0.5 else value(rng)
        elif kind == 2 and isinstance(holder, list):
            holder[last:last] = [holder[last]] * rng.choice([1, 2, 50])
        elif kind == 3 and isinstance(holder[last], int | float):
            old = holder[last]
            holder[last] = rng.choice([-old, old + 1, old * 1000, str(old), [old], bool(old)])
        elif kind == 4:
            holder[last] = {"": holder[last]} if rng.random() < 0.5 else [holder[last]]
        else:
            holder[last] = value(rng)
    return data


def json_bytes(rng: random.Random, data: Any) -> bytes:
    """A changed JSON value as bytes, which may be cut or nested beyond reason too."""
    text = json.dumps(json_changed(rng, data), ensure_ascii=rng.random() < 0.7)
    made = text.encode("utf-8", "surrogatepass")
    kind = rng.randrange(12)
    if kind == 0:
        return bytes_changed(rng, made)
    if kind == 1:
        opened, closed = rng.choice([(b"[", b"]"), (b'{"a":', b"}")])
        depth = rng.choice([50, 900, 5_000, 200_000])
        return opened * depth + made + closed * depth
    if kind == 2:
        return rng.choice(
            [b"\xef\xbb\xbf" + made, made.decode("utf-8", "replace").encode("utf-16")]
        )
    return made


def bytes_changed(rng: random.Random, data: bytes) -> bytes:
    """Bytes flipped, cut, doubled, spliced or filled."""
    made = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4, 16])):
        at = rng.randrange(len(made) + 1)
        kind = rng.randrange(8)
        if kind == 0 and at < len(made):
            made[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del made[at:]
        elif kind == 2:
            del made[at : at + rng.choice([1, 2, 8, 100])]
        elif kind == 3:
            piece = made[at : at + rng.choice([1, 10, 200])]
            made[at:at] = piece * rng.choice([1, 2, 30])
        elif kind == 4:
            other = rng.randrange(len(made) + 1)
            made[at:at] = data[other : other + rng.randrange(300)]
        elif kind == 5:
            made[at:at] = rng.choice(BYTES) * rng.choice([1, 2, 3, 5000])
        elif kind == 6:
            made[at : at + 4] = rng.randbytes(4)
        else:
            made[at:at] = texts_of(rng).encode("utf-8", "surrogatepass")
    return bytes(made)


def lines_changed(rng: random.Random, data: bytes) -> bytes:
    """JSON lines of which some are changed, moved, doubled or left out."""
    lines = data.splitlines()
    for _ in range(rng.choice([1, 1, 2, 5])):
        if not lines:
            break
        at = rng.randrange(len(lines))
        kind = rng.randrange(6)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(rng.randrange(len(lines) + 1), lines[at])
        elif kind == 2:
            lines[at] = bytes_changed(rng, lines[at])
        else:
            try:
                lines[at] = json_bytes(rng, json.loads(lines[at]))
            except (ValueError, RecursionError):
                lines[at] = bytes_changed(rng, lines[at])
    return b"\n".join(lines) + (b"\n" if rng.random() < 0.8 else b"")


def make_strange(rng: random.Random, path: Path, outside: Path) -> str:
    """Put something else in a file's place; says what."""
    kind = rng.choice(KINDS)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    if kind == "link":
        path.symlink_to(outside)
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path.symlink_to(rng.choice(["/dev/zero", "/dev/null", "/dev/full", "/dev/tty"]))
    elif kind == "empty":
        path.touch()
    elif kind == "unreadable":
        path.symlink_to("/proc/self/mem")
    elif kind == "socketlike":
        path.symlink_to("/proc/self/fd/0")
    return kind
