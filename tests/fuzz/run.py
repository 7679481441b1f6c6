"""Give every reader of the project spoiled input, as a command: `python tests/fuzz/run.py --help`.

A case is a format, a seed and a number, and is the same whenever it is run. Cases are run by worker
processes with limits of memory and time. A case fails on an exception that nobody foresaw, on a
hang, a crash, another exit code than 0, 1 or 2, a message that is not one line, and when a file
changed outside the folders that the program may write.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import random
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1]
if str(TESTS) not in sys.path:
    sys.path.insert(0, str(TESTS))

MEMORY = 3 << 30
"""Bytes that a worker may take beyond what it has after its imports."""
SECONDS = 20.0
"""A case may take so long."""
SLOW = 20
"""Of a format that is slow there are so many times fewer cases."""


def formats() -> dict[str, Any]:
    """Every format by its name."""
    from fuzz.bulky import BULKY_FORMATS, FAILING_FORMATS
    from fuzz.opened_app import APP_FORMATS
    from fuzz.saved_runs import RUN_FORMATS
    from fuzz.texts import TEXT_FORMATS
    from fuzz.typed_values import TYPED_FORMATS

    random_ones = (*RUN_FORMATS, *TEXT_FORMATS, *TYPED_FORMATS)
    others = (*APP_FORMATS, *BULKY_FORMATS, *FAILING_FORMATS)
    return {each.name: each for each in (*random_ones, *others)}


def _is_random(name: str) -> bool:
    """Whether a format has as many cases as one likes, and not one."""
    return ":" not in name


def rng_of(name: str, seed: int, number: int) -> random.Random:
    """What decides all of a case."""
    return random.Random(f"{name} {seed} {number}")


# A worker: reads lines `format number`, answers each with a line of JSON.


def work(folder: Path, seed: int, seconds: float) -> None:
    """Run the cases that are asked for on standard input."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    trace = os.fdopen(os.dup(2), "w", buffering=1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    asked = os.fdopen(os.dup(0), "r")
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    from fuzz.box import Box, Finding

    known = formats()
    box = Box(folder)
    prepared: set[str] = set()
    warnings.simplefilter("always")
    limited = False
    for line in asked:
        name, number = json.loads(line)
        finding, began = "", time.monotonic()
        try:
            if name not in known:
                raise Finding(f"no format {name!r}; --list names them")
            case = known[name]
            if name not in prepared:
                box.begin(random.Random(0))
                case.prepare(box)
                prepared.add(name)
            if not limited:
                limited = True
                import torch

                torch.set_num_threads(1)
                import textual.widgets  # noqa: F401

                _limit_memory()
            began = time.monotonic()
            faulthandler.dump_traceback_later(seconds, exit=True, file=trace)
            rng = rng_of(name, seed, number)
            box.begin(rng)
            case.use(rng, box)
            box.end()
        except Finding as found:
            finding = str(found) or "Finding"
        except MemoryError:
            finding = f"out of memory: {traceback.format_exc()}"
        except BaseException:
            finding = traceback.format_exc()
        faulthandler.cancel_dump_traceback_later()
        answer: dict[str, Any] = {"seconds": time.monotonic() - began, "finding": finding}
        answer["done"] = box.done
        if finding:
            answer["files"] = _shown(box.put_here, folder)
        answers.write(json.dumps(answer) + "\n")


def _limit_memory() -> None:
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, taken + MEMORY))


def _shown(put: dict[str, bytes | str], folder: Path) -> dict[str, str]:
    """Where the files of a failing case were kept, or what stood in their place."""
    shown = {}
    for name, data in put.items():
        if isinstance(data, str):
            shown[name] = data
        else:
            kept = folder.with_name(f"{folder.name}-failing") / name
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(data)
            shown[name] = str(kept)
    return shown


# The other side.


class Worker:
    """A process that runs cases, started anew when one has ended it."""

    def __init__(self, root: Path, seed: int, seconds: float) -> None:
        self._root, self._seed, self._seconds = root, seed, seconds
        self._process: subprocess.Popen[str] | None = None
        self._trace = root / "trace.txt"
        self._count = 0

    def run(self, name: str, number: int) -> dict[str, Any]:
        """One case: its answer, or how the process ended."""
        if self._process is None:
            self._count += 1
            self._folder = self._root / f"box-{self._count}"
            self._process = subprocess.Popen(
                [
                    *(sys.executable, __file__, "--work", str(self._folder)),
                    *("--seed", str(self._seed), "--seconds", str(self._seconds)),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._trace.open("w"),
                text=True,
                start_new_session=True,
            )
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        guard = threading.Timer(self._seconds * 3 + 60, process.kill)
        guard.start()
        try:
            process.stdin.write(json.dumps([name, number]) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        finally:
            guard.cancel()
        if answer:
            return dict(json.loads(answer))
        code = process.wait()
        self._process = None
        trace = self._trace.read_text("utf-8", "replace")
        what = "a hang" if "Timeout (" in trace else f"the process ended with {code}"
        return {"seconds": self._seconds, "finding": f"{what}\n{trace}", "ended": True}

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait()


def main() -> int:
    """Run what the arguments ask for; 1 if a case failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=300, help="of all formats together")
    parser.add_argument("--format", action="append", help="only this one; again for another")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", type=int, help="run this one alone")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="that a case may take")
    parser.add_argument("--failures", type=Path, default=Path(tempfile.gettempdir()) / "fuzz")
    parser.add_argument("--verbose", action="store_true", help="print what each case did")
    parser.add_argument("--list", action="store_true", help="name the formats")
    parser.add_argument("--bulky", action="store_true", help="the huge files that are valid, too")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(arguments.work, arguments.seed, arguments.seconds)
        return 0
    if arguments.list:
        print("\n".join(formats()))
        return 0
    names = arguments.format or list(filter(_is_random, formats()))
    bulky = arguments.bulky and arguments.case is None
    singles = [name for name in formats() if name.startswith("bulky:")] if bulky else []
    if arguments.case is not None:
        cases = [(name, arguments.case) for name in names]
    else:
        each = -(-arguments.cases // len(names))
        counts = dict.fromkeys(names, each)
        for name in () if arguments.format else names:
            if getattr(formats()[name], "slow", False):
                counts[name] = max(each // SLOW, 1)
        cases = [(name, number) for name in names for number in range(counts[name])]
        cases += [(name, 0) for name in singles]
    return _run(cases, arguments)


def _run(cases: list[tuple[str, int]], arguments: argparse.Namespace) -> int:
    counts: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    slowest: dict[str, tuple[float, int]] = {}
    kinds: Counter[str] = Counter()
    printing = threading.Lock()
    waiting = iter(cases)

    def serve(root: Path) -> None:
        worker = Worker(root, arguments.seed, arguments.seconds)
        while True:
            with printing:
                case = next(waiting, None)
            if case is None:
                break
            name, number = case
            answer = worker.run(name, number)
            with printing:
                counts[name] += 1
                seconds[name] += answer["seconds"]
                slowest[name] = max(slowest.get(name, (0, 0)), (answer["seconds"], number))
                if arguments.case is not None or arguments.verbose:
                    print(f"{name} {number}", *answer.get("done", []), sep="\n  ")
                if answer["finding"]:
                    failed[name] += 1
                    _report(name, number, answer, arguments, kinds)
        worker.close()

    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        threads = []
        for job in range(arguments.jobs):
            root = Path(folder) / str(job)
            root.mkdir()
            threads.append(threading.Thread(target=serve, args=(root,)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _make_removable(Path(folder))
    print(f"{'format':40} {'cases':>7} {'seconds':>8} {'slowest':>8} {'failed':>7}")
    for name in counts:
        slow, number = slowest[name]
        print(
            f"{name:40} {counts[name]:7} {seconds[name]:8.1f} {slow:8.2f} {failed[name]:7}"
            f"  (slowest: case {number})"
        )
    total = sum(counts.values())
    print(f"{total} cases, seed {arguments.seed}, {failed.total()} failed")
    for kind, count in kinds.most_common():
        print(f"{count:7}  {kind}")
    return 1 if failed else 0


def _make_removable(folder: Path) -> None:
    for each in folder.iterdir():
        shutil.rmtree(each, ignore_errors=True)


def _report(
    name: str, number: int, answer: dict[str, Any], arguments: argparse.Namespace, kinds: Any
) -> None:
    """Keep a failing case, and print how to see it again; of one kind only the first in full."""
    finding = answer["finding"]
    lines = finding.strip().splitlines()
    frames = [line.strip() for line in lines if line.strip().startswith('File "')]
    ours = [line for line in frames if "/fuzz/" not in line.split(",")[0].rsplit("/tests/", 1)[-1]]
    said = lines[0] if answer.get("ended") else lines[-1]
    kind = f"{said[:160]} {ours[-1][-90:] if ours else ''}"
    kinds[kind] += 1
    folder = arguments.failures / f"{name.replace(': ', '-')}-{arguments.seed}-{number}"
    folder.mkdir(parents=True, exist_ok=True)
    for path, kept in answer.get("files", {}).items():
        if os.path.isabs(kept) and Path(kept).is_file():
            shutil.copyfile(kept, folder / path.replace("/", "_"))
    case = f"--seed {arguments.seed} --case {number}"
    replay = f"python tests/fuzz/run.py --format {shlex.quote(name)} {case}"
    report = "\n".join([replay, *answer.get("done", []), str(answer.get("files")), finding, ""])
    (folder / "report.txt").write_text(report, "utf-8", "backslashreplace")
    if kinds[kind] == 1:
        print(f"FAILED {name} {number}: {kind}\n  kept in {folder}; again: {replay}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
