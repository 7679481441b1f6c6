"""What a run told, as other tools read it."""

from __future__ import annotations

import csv
import io
import json
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_events import evaluated, report
from small_runs import create_run, small_config, small_corpus

from seqtui.corpora.errors import InputError
from seqtui.engine.runs.events import Notice, Sampled
from seqtui.engine.runs.export import (
    COLUMNS,
    crc32c,
    csv_lines,
    event_file_name,
    event_records,
    metric_lines,
)
from seqtui.engine.runs.metrics import Recorder
from seqtui.engine.runs.run import Run

TOLD = [
    report(10, 3.25, eta=None),
    evaluated(10, 3.5),
    Sampled(10, 'a,\n"b"', 0.8),
    report(20, 2.75, grad_norm=1e300),
    Notice("disk full"),
    evaluated(20, 0.0, impossible=3, best=False),
]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = create_run(small_config(), small_corpus(500), tmp_path / "told")
    recorder = Recorder(run.path / "metrics.jsonl", lambda event: None)
    for event in TOLD:
        recorder.emit(event)
    with (run.path / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write('[1]\n{"event": "later", "step": 3}\n{"event": "step", "st')
    return run


def test_a_table_has_a_row_for_each_report_and_evaluation(run: Run) -> None:
    table = list(csv.DictReader(io.StringIO("\n".join(csv_lines(run)))))
    assert tuple(table[0]) == COLUMNS
    assert [(row["event"], row["step"]) for row in table] == [
        ("step", "10"),
        ("evaluation", "10"),
        ("step", "20"),
        ("evaluation", "20"),
    ]
    assert float(table[0]["train_loss"]) == 3.25
    assert table[0]["eta"] == table[0]["held_out_loss"] == table[1]["train_loss"] == ""
    assert float(table[1]["held_out_loss"]) == pytest.approx(3.5)
    assert float(table[1]["perplexity"]) == pytest.approx(33.115, abs=1e-3)
    assert float(table[3]["perplexity"]) == float("inf")
    assert table[3]["zero_probability_targets"] == "3"
    assert (table[1]["best"], table[3]["best"]) == ("True", "False")


def test_scores_without_probabilities_have_no_perplexity(run: Run) -> None:
    backed_off = replace(evaluated(30, 2.0).evaluation, normalised=False)
    Recorder(run.path / "metrics.jsonl", lambda event: None).emit(
        replace(evaluated(30, 2.0), evaluation=backed_off)
    )
    # The torn line before it takes the first attempt.
    Recorder(run.path / "metrics.jsonl", lambda event: None).emit(
        replace(evaluated(30, 2.0), evaluation=backed_off)
    )
    *_, row = csv.DictReader(io.StringIO("\n".join(csv_lines(run))))
    assert (row["step"], row["held_out_loss"], row["perplexity"]) == ("30", "", "")


def test_lines_are_copied_as_they_are(run: Run) -> None:
    lines = (run.path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    copied = list(metric_lines(run))
    assert copied == [line for line in lines[:-1] if line != "[1]"]
    assert json.loads(copied[-1])["event"] == "later"


def test_a_run_that_has_told_nothing_is_an_empty_table(tmp_path: Path) -> None:
    run = create_run(small_config(), small_corpus(500), tmp_path / "silent")
    assert list(csv_lines(run)) == [",".join(COLUMNS)]
    assert list(metric_lines(run)) == []
    assert len(list(event_records(run))) == 1


@pytest.mark.parametrize(
    ("data", "expected"),
    [  # RFC 3720, appendix B.4
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(reversed(range(32))), 0x113FDB5C),
        (b"123456789", 0xE3069283),
    ],
)
def test_the_checksum_is_castagnoli_s(data: bytes, expected: int) -> None:
    assert crc32c(data) == expected


@given(st.binary(max_size=40), st.integers(0, 319))
def test_the_checksum_finds_every_wrong_bit(data: bytes, bit: int) -> None:
    if data:
        wrong = bytearray(data)
        wrong[bit // 8 % len(data)] ^= 1 << bit % 8
        assert crc32c(bytes(wrong)) != crc32c(data)


def decoded(message: bytes) -> Iterator[tuple[int, Any]]:
    """The fields of a protocol buffer: number and value."""
    place = 0

    def varint() -> int:
        nonlocal place
        value = shift = 0
        while True:
            byte = message[place]
            place += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    while place < len(message):
        key = varint()
        match key & 7:
            case 0:
                yield key >> 3, varint()
            case 1:
                yield key >> 3, struct.unpack_from("<d", message, place)[0]
                place += 8
            case 5:
                yield key >> 3, struct.unpack_from("<f", message, place)[0]
                place += 4
            case 2:
                length = varint()
                yield key >> 3, message[place : place + length]
                place += length
            case kind:
                raise AssertionError(kind)


def read_event_file(data: bytes) -> Iterator[tuple[float, int, dict[str, float]]]:
    """Time, step and scalars of each event, checksums and lengths verified."""
    while data:
        (length,) = struct.unpack_from("<Q", data)
        body = data[12 : 12 + length]
        for part, place in ((data[:8], 8), (body, 12 + length)):
            masked = struct.unpack_from("<I", data, place)[0] - 0xA282EAD8 & 0xFFFFFFFF
            assert (masked >> 17 | masked << 15) & 0xFFFFFFFF == crc32c(part)
        data = data[16 + length :]
        event = dict(decoded(body))
        scalars = {}
        for number, value in decoded(event.get(5, b"")):
            assert number == 1
            entry = dict(decoded(value))
            scalars[entry[1].decode()] = entry[2]
        yield event[1], event.get(2, 0), scalars


def test_event_files_hold_every_scalar_with_its_step_and_time(run: Run) -> None:
    events = list(read_event_file(b"".join(event_records(run))))
    assert [step for _, step, _ in events] == [0, 10, 10, 20, 20]
    times = [time for time, _, _ in events]
    assert times[1] - times[0] == pytest.approx(0.5)
    assert times == sorted(times)
    first, second = events[1][2], events[2][2]
    assert first["train/loss"] == 3.25
    assert first["train/learning_rate"] == pytest.approx(0.004)
    assert "train/eta" not in first
    assert second["held-out/loss"] == pytest.approx(3.5)
    assert events[3][2]["train/grad_norm"] == float("inf")
    assert events[4][2]["held-out/perplexity"] == float("inf")
    assert event_file_name(run).startswith("events.out.tfevents.")


def test_tensorboard_reads_the_event_file(run: Run, tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    folder = tmp_path / "tensorboard"
    folder.mkdir()
    (folder / event_file_name(run)).write_bytes(b"".join(event_records(run)))
    found = accumulator.EventAccumulator(str(folder))
    found.Reload()
    assert "held-out/perplexity" in found.Tags()["scalars"]
    losses = [(each.step, each.value) for each in found.Scalars("train/loss")]
    assert losses == [(10, 3.25), (20, 2.75)]


def test_a_time_that_is_none_is_told(run: Run) -> None:
    with pytest.raises(InputError, match=r"run\.json: created is not a time"):
        event_file_name(replace(run, created="yesterday"))
