"""A run is a folder: one process writes it, any can read it, while it trains and years later.

run.json          format, configuration, fingerprints, status, and the result at the end
vocabulary.json   the training vocabulary
metrics.jsonl     one line a report, evaluation or sample
last.safetensors  weights, optimiser, random and carried state: training goes on from here
best.safetensors  weights with the lowest held-out loss
log.txt           what went wrong
corpus.txt        the text, unless it is a file's: of standard input or of the catalogue
model.py          the file of the user's own network, as it was at the start
lock              who writes the run, while somebody does
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from seqtui.corpora.catalogue import STDIN, version
from seqtui.corpora.errors import InputError, UserMessage, flag
from seqtui.corpora.files import MissingFileError, append, read_file, write_file
from seqtui.engine.runs.checkpoints import FORMAT, check_equal, read_header
from seqtui.engine.runs.events import Event, Started
from seqtui.engine.runs.folder import (
    CHECKPOINTS,
    CORPUS_TEXT,
    DESCRIPTION,
    LAST,
    LOG,
    METRICS,
    OWN_SOURCE,
    VOCABULARY,
    find_folder,
)
from seqtui.engine.runs.lock import holder
from seqtui.engine.runs.metrics import read_events
from seqtui.engine.runs.result import read_result
from seqtui.engine.settings.run_config import LENGTHS, OWN_MODEL, RunConfig, kind_of
from seqtui.engine.settings.typed_json import build, read_json

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
    from seqtui.corpora.reading import Text
    from seqtui.corpora.vocabulary import Vocabulary
    from seqtui.engine.networks.own_model import OwnModel

T = TypeVar("T")

CHANGEABLE = (
    "steps",
    "epochs",
    "minutes",
    "patience",
    "evaluate_every",
    "checkpoint_every",
    "sample_every",
    "device",
    "threads",
)
"""What may differ when a run is resumed: how long and where, never what it computes."""
Status = Literal["running", "done", "stopped", "failed"]
MOST_BYTES = 1 << 26
"""Of a run.json, far above what its texts can take."""


@dataclass(frozen=True, slots=True)
class RunDescription:
    """run.json: the names and their order are its format."""

    format: int
    config: object
    corpus_name: str
    vocabulary: str
    corpus: str
    created: str
    status: Status
    failure: str | None = None
    started: object = None
    started_at: str | None = None
    document: object = None
    own_model: str | None = None
    identity: str | None = None
    corpus_version: str | None = None
    corpus_tokens: int | None = None
    keeps_text: bool = False


@dataclass
class Run:
    """A run's folder, its run.json read and checked."""

    path: Path
    config: RunConfig
    corpus_name: str
    vocabulary_fingerprint: str
    corpus_fingerprint: str
    created: str
    """ISO 8601 with the zone."""
    status: Status
    """As the process that trained it left it; see `state`."""
    document: dict[str, Any] | None
    """The result, once the run has ended."""
    started: Started | None = None
    """How the last attempt at it began; None until its first step."""
    started_at: str | None = None
    """When that was, ISO 8601 with the zone; no two attempts have the same."""
    failure: str | None = None
    """Why it failed, in one line."""
    own_fingerprint: str | None = None
    """SHA-256 of the file of the user's own network."""
    identity: str | None = None
    """What its checkpoints say they belong to, whatever its folder is called; None of 0.1.0."""
    corpus_version: str | None = None
    """Whose text it is where a corpus differs from one Python to the next, as `Python 3.12.1`."""
    corpus_tokens: int | None = None
    """Tokens of the corpus; None where 0.1.0 wrote the run."""
    keeps_text: bool = False
    """Whether its folder holds the text of the corpus."""

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def state(self) -> str:
        """`status`, or `interrupted` when no process writes a run whose status is running."""
        if self.status == "running" and holder(self.path) is None:
            return "interrupted"
        return self.status

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The training vocabulary. Raises InputError if it is not the one of run.json."""
        from seqtui.corpora.vocabulary import Vocabulary

        path = self.path / VOCABULARY
        data = read_json(path)
        vocabulary = _of_file(path, lambda: Vocabulary.from_json(data))
        check_equal(
            path, UserMessage("fingerprint"), vocabulary.fingerprint, self.vocabulary_fingerprint
        )
        return vocabulary

    def open_corpus(self, moved: str | None = None) -> Corpus:
        """The corpus the run was trained on, read again; `moved` names where it lies now.

        Raises InputError where it is missing or has changed.
        """
        from seqtui.corpora.corpus import build_corpus

        read = build_corpus(self._corpus_text(moved), self.config.corpus_options)
        corpus = self._as_trained(read)
        self.check_corpus(corpus)
        return corpus

    def _as_trained(self, corpus: Corpus) -> Corpus:
        """The corpus with the sentence marks that the version had which trained the run."""
        return replace(corpus, doubles_marks=self.vocabulary.doubles_marks)

    def _corpus_text(self, moved: str | None) -> Text:
        from seqtui.corpora.catalogue import open_text

        encoding = self.config.corpus_options.encoding
        if moved is not None:
            return open_text(moved, encoding)
        if self.keeps_text:
            return self._kept_text()
        try:
            return open_text(self.config.corpus, encoding)
        except MissingFileError as error:
            raise InputError(
                "{path}, the corpus of {run}, is not there any more; name it where it is now: "
                "`seqtui train FILE --resume {run}`, `seqtui evaluate {run} --corpus FILE`",
                path=self.config.corpus,
                run=self.name,
            ) from error

    def _kept_text(self) -> Text:
        from seqtui.corpora.reading import Text

        path = self.path / CORPUS_TEXT
        data = read_file(path)
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise InputError("{path} is damaged: it is not UTF-8", path=path) from error
        return Text(self.corpus_name, text, "utf-8", len(data), None)

    def check_corpus(self, corpus: Corpus) -> None:
        """Raise InputError unless this is the corpus of the run; it says what differs."""
        if self.has_corpus(corpus):
            return
        source = corpus.text.path or corpus.name
        now = version(self.config.corpus)
        if corpus.name == self.config.corpus and now is not None and now != self.corpus_version:
            raise InputError(
                "{run} was trained on {name} of {then}, and here is that of {now}: its text is "
                "another; evaluate it where that Python is, or train a new run",
                run=self.name,
                name=corpus.name,
                then=self.corpus_version or UserMessage("another Python"),
                now=now,
            )
        raise InputError(
            "{source} is not the text that {run} was trained on: {difference}; name the file as it "
            "was, or train a new run",
            source=source,
            run=self.name,
            difference=self._difference(corpus),
        )

    def has_corpus(self, corpus: Corpus) -> bool:
        """Whether this is the corpus of the run."""
        return (
            corpus.is_known_as(self.corpus_fingerprint)
            and self._as_trained(corpus).training_vocabulary.fingerprint
            == self.vocabulary_fingerprint
        )

    def _difference(self, corpus: Corpus) -> UserMessage:
        """The first thing in which a corpus differs from the run's."""
        mine, other = self.config.corpus_options, corpus.options
        for each in fields(mine):
            if each.name != "encoding" and getattr(mine, each.name) != getattr(other, each.name):
                return UserMessage(
                    "it is read with {option} {here}, the run with {there}",
                    option=flag("clean" if each.name == "cleaning" else each.name),
                    here=getattr(other, each.name),
                    there=getattr(mine, each.name),
                )
        tokens = self.corpus_tokens
        if tokens is None and self.started is not None and mine.boundaries == "stream":
            tokens = self.started.train_tokens + self.started.held_out_tokens
        if tokens is not None and tokens != corpus.tokens:
            return UserMessage(
                "it has {here:,} tokens, that one had {there:,}", here=corpus.tokens, there=tokens
            )
        found = corpus.training_vocabulary
        with suppress(InputError):  # the run's own file may be damaged
            kept = dict(zip(self.vocabulary.tokens, self.vocabulary.counts.tolist(), strict=True))
            for token, count in zip(found.tokens, found.counts.tolist(), strict=True):
                if count != kept.get(token, 0):
                    return UserMessage(
                        "its training part has {token!r} {here:,} times, that one {there:,} times",
                        token=token,
                        here=count,
                        there=kept.get(token, 0),
                    )
        return UserMessage("it has as many of each token, in another order")

    def checkpoint(self, kind: str = "best") -> Path:
        """The path of a checkpoint; `last` instead of `best` before the first evaluation."""
        path = self.path / CHECKPOINTS[kind]
        if kind == "best" and not path.exists():
            return self.path / LAST
        return path

    def step_on_disk(self, kind: str) -> int | None:
        """The step of the `last` or `best` checkpoint; None where it is missing or damaged."""
        path = self.path / CHECKPOINTS[kind]
        try:
            header = read_header(path, self.vocabulary_fingerprint, self.identity)
        except InputError:
            return None
        return int(header["step"])

    def events(self) -> Iterator[Event]:
        """The run's events so far, oldest first."""
        return read_events(self.path / METRICS)

    def continued(self, **changes: Any) -> RunConfig:
        """The configuration with which to resume. Raises InputError for what must stay."""
        for name, value in changes.items():
            if name == "model" and kind_of(value) == self.config.kind == OWN_MODEL:
                continue  # the file may lie elsewhere; `load_own_model` compares what it holds
            if name not in CHANGEABLE and getattr(self.config, name) != value:
                option = flag(name)
                raise InputError(
                    "{flag} {value}: the run has {kept}, and resuming keeps it; "
                    "start a new run for another",
                    option=name,
                    flag=option,
                    value=value,
                    kept=getattr(self.config, name),
                )
        if any(changes.get(name) is not None for name in LENGTHS):
            changes = {**dict.fromkeys(LENGTHS), **changes}
        return replace(self.config, **changes)

    # The writer's side.

    def write_inputs(self, corpus: Corpus, own: OwnModel | None) -> None:
        """Write what the model was made from, and cannot be read without. Raises OSError."""
        if own is not None:
            write_file(self.path / OWN_SOURCE, own.source)
        vocabulary = json.dumps(corpus.training_vocabulary.to_json())
        write_file(self.path / VOCABULARY, vocabulary.encode())
        if self.keeps_text:
            write_file(self.path / CORPUS_TEXT, corpus.text.text.encode())

    def begin(self, started: Started) -> None:
        """Write down how the run begins. Raises OSError."""
        self.started = started
        self.started_at = datetime.now().astimezone().isoformat()
        self.write("running", self.document)

    def write(self, status: Status, document: dict[str, Any] | None = None) -> None:
        """Write run.json. Raises OSError."""
        self.status, self.document = status, document
        data = RunDescription(
            format=FORMAT,
            config=self.config.to_json(),
            corpus_name=self.corpus_name,
            vocabulary=self.vocabulary_fingerprint,
            corpus=self.corpus_fingerprint,
            created=self.created,
            status=status,
            failure=self.failure,
            started=_beginning(self.started),
            started_at=self.started_at,
            document=document,
            own_model=self.own_fingerprint,
            identity=self.identity,
            corpus_version=self.corpus_version,
            corpus_tokens=self.corpus_tokens,
            keeps_text=self.keeps_text,
        )
        # In ASCII, because a path may hold bytes that are no text.
        text = json.dumps(asdict(data), indent=1, allow_nan=False)
        write_file(self.path / DESCRIPTION, text.encode())

    def log(self, text: str) -> None:
        """Add to log.txt; a log that cannot be written is no reason to fail."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        line = f"{now} {text.rstrip()}\n"
        with suppress(OSError):
            append(self.path / LOG, line.encode("utf-8", "backslashreplace"))


def open_run(source: str | Path) -> Run:
    """The run in a folder, or of that name among the runs.

    Raises InputError, in one line, for whatever is not a run that this version can read.
    """
    path = find_folder(source)
    file = path / DESCRIPTION
    try:
        data = read_json(file, MOST_BYTES)
    except MissingFileError as error:
        raise InputError("{path}: not a run, it has no run.json", path=path) from error
    if not isinstance(data, dict):
        raise InputError("{path}: not the description of a run", path=file)
    check_equal(file, UserMessage("format"), data.get("format"), FORMAT)
    known = {field.name: data[field.name] for field in fields(RunDescription) if field.name in data}
    found = _of_file(file, lambda: build(RunDescription, known))
    config = _of_file(file, lambda: RunConfig.from_json(found.config))
    document = read_result(found.document)
    return Run(
        path=path,
        config=config,
        corpus_name=found.corpus_name,
        vocabulary_fingerprint=found.vocabulary,
        corpus_fingerprint=found.corpus,
        created=found.created,
        status=found.status,
        # A folder may have been moved since.
        document={**document, "run": str(path)} if document is not None else None,
        started=_started(found.started, path, config),
        started_at=found.started_at,
        failure=found.failure,
        own_fingerprint=found.own_model,
        identity=found.identity,
        corpus_version=found.corpus_version,
        corpus_tokens=found.corpus_tokens,
        keeps_text=found.keeps_text or config.corpus == STDIN,
    )


def _beginning(started: Started | None) -> dict[str, Any] | None:
    """How a run began as JSON values; folder and configuration stand in run.json anyway."""
    if started is None:
        return None
    names = [field.name for field in fields(started) if field.name not in ("run", "config")]
    return {name: getattr(started, name) for name in names}


def _started(data: object, path: Path, config: RunConfig) -> Started | None:
    """The event of which `_beginning` was kept, None for anything else."""
    if not isinstance(data, dict):
        return None
    try:
        values = {**data, "run": path, "config": config}
        return build(Started, values, Path=Path, RunConfig=RunConfig)
    except InputError:
        return None


def _of_file(path: Path, read: Callable[[], T]) -> T:
    """What `read` returns; its errors are given the file's name."""
    try:
        return read()
    except InputError as error:
        raise InputError("{path}: {reason}", path=path, reason=error) from error
