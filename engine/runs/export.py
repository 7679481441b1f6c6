"""A run's metrics for other tools: rows of a table, and event files as TensorBoard reads them.

An event file is a sequence of records, each a length and a protocol buffer with a checksum:
see TensorFlow's `record_writer.cc` (framing), `event.proto` and `summary.proto` (fields).
"""

from __future__ import annotations

import csv
import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime

from seqtui.corpora.errors import InputError
from seqtui.engine.runs.events import Evaluated, Event, StepReport
from seqtui.engine.runs.folder import DESCRIPTION, METRICS
from seqtui.engine.runs.metrics import read_lines
from seqtui.engine.runs.run import Run
from seqtui.engine.settings.typed_json import parse

TRAINING = tuple("train_loss" if f.name == "loss" else f.name for f in fields(StepReport))
"""Columns that a step report fills; losses are mean negative log-likelihoods in nats per token."""
HELD_OUT = (
    "held_out_loss",
    "perplexity",
    "bits_per_token",
    "bits_per_character",
    "targets",
    "zero_probability_targets",
    "best",
)
"""Columns that an evaluation fills, beside its step."""
COLUMNS = ("event", *TRAINING, *HELD_OUT)

Value = str | int | float | bool | None


def rows(events: Iterable[Event]) -> Iterator[dict[str, Value]]:
    """A row for each step report and evaluation: those of `COLUMNS` it has a value for."""
    for event in events:
        if isinstance(event, StepReport):
            values = (getattr(event, field.name) for field in fields(event))
            row: dict[str, Value] = {"event": "step", **dict(zip(TRAINING, values, strict=True))}
        elif isinstance(event, Evaluated):
            evaluation = event.evaluation
            overflow = evaluation.perplexity_is == "overflow"  # its loss tells what it is
            row = {
                "event": "evaluation",
                "step": event.step,
                "held_out_loss": evaluation.loss,
                "perplexity": math.nan if overflow else evaluation.perplexity,
                "bits_per_token": evaluation.bits_per_token,
                "bits_per_character": evaluation.bits_per_character,
                "targets": evaluation.targets,
                "zero_probability_targets": evaluation.zero_probability_targets,
                "best": event.best,
            }
        else:
            continue
        yield {name: value for name, value in row.items() if value == value}  # no NaN


def csv_lines(run: Run) -> Iterator[str]:
    """The names of the columns, then `rows`: empty where there is no value, `inf` for infinity."""
    writer = csv.DictWriter(_Line(), COLUMNS, lineterminator="")
    yield ",".join(COLUMNS)
    for row in rows(run.events()):
        yield str(writer.writerow(row))


class _Line:
    """A file whose `write` gives the text back: the csv module returns it from `writerow`."""

    def write(self, text: str) -> str:
        return text


def metric_lines(run: Run) -> Iterator[str]:
    """The whole lines of metrics.jsonl as they are; a torn one is left out."""
    for line in read_lines(run.path / METRICS):
        try:
            if isinstance(parse(line), dict):
                yield line.decode(errors="replace")
        except ValueError:
            continue


# TensorBoard.


def event_file_name(run: Run) -> str:
    """What an event file must be called to be found: the time in seconds, then anything."""
    return f"events.out.tfevents.{int(_created(run)):010d}.{run.name}"


def event_records(run: Run) -> Iterator[bytes]:
    """Every number of `rows` as a scalar under its column's name, one record a row.

    The time of a row is when the run was created and the seconds it had trained for.
    """
    created = _created(run)
    seconds = 0.0
    yield _record(_double(1, created) + _bytes(3, b"brain.Event:2"))
    for row in rows(run.events()):
        seconds = float(row.get("seconds") or seconds)
        step = int(row["step"] or 0)
        scalars = b"".join(
            _bytes(1, _bytes(1, _tag(name)) + _float(2, value))
            for name, value in row.items()
            if name not in ("event", "step", "best") and isinstance(value, int | float)
        )
        yield _record(_double(1, created + seconds) + _integer(2, step) + _bytes(5, scalars))


def _tag(column: str) -> bytes:
    """A column's name with the group that the plots of its kind stand in."""
    group = "held-out" if column in HELD_OUT else "train"
    return f"{group}/{column.removeprefix('held_out_').removeprefix('train_')}".encode()


def _created(run: Run) -> float:
    """Seconds since 1970. Raises InputError for a time that run.json spells in no known way."""
    try:
        return datetime.fromisoformat(run.created).timestamp()
    except (ValueError, OverflowError) as error:
        file = run.path / DESCRIPTION
        raise InputError(
            "{file}: created is not a time: {created!r}", file=file, created=run.created[:40]
        ) from error


# Protocol buffers: a key (number of the field, kind of the value), then the value.


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the highest bit says that more follow."""
    value &= 2**64 - 1
    groups = bytearray()
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)


def _integer(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _double(field: int, value: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _float(field: int, value: float) -> bytes:
    try:  # beyond what 32 bits hold lies a gradient that explodes
        packed = struct.pack("<f", value)
    except OverflowError:
        packed = struct.pack("<f", float("inf") if value > 0 else float("-inf"))
    return _varint(field << 3 | 5) + packed


# Records.


def _record(data: bytes) -> bytes:
    """Length, its checksum, the data, its checksum; all numbers little-endian."""
    length = struct.pack("<Q", len(data))
    return length + _masked(length) + data + _masked(data)


def _masked(data: bytes) -> bytes:
    """The checksum rotated right by 15 bits, with a constant added, as the format demands."""
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _table() -> tuple[int, ...]:
    entries = []
    for byte in range(256):
        remainder = byte
        for _ in range(8):
            remainder = remainder >> 1 ^ (0x82F63B78 if remainder & 1 else 0)
        entries.append(remainder)
    return tuple(entries)


_REMAINDERS = _table()


def crc32c(data: bytes) -> int:
    """The cyclic redundancy check with Castagnoli's polynomial (RFC 3720, appendix B.4)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _REMAINDERS[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF
