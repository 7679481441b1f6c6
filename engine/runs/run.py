"""A run is a folder: one process writes it, any can read it, while it trains and years later.

run.json          format, configuration, fingerprints, status, and the result at the end
vocabulary.json   the training vocabulary
metrics.jsonl     one line a report, evaluation or sample
last.safetensors  weights, optimiser, random and carried state: training goes on from here
best.safetensors  weights with the lowest held-out loss
log.txt           what went wrong
corpus.txt        the text, where it came from standard input
model.py          the file of the user's own network, as it was at the start
lock              who writes the run, while somebody does
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from seqtui.corpora.errors import InputError, UserMessage, flag
from seqtui.corpora.files import write_file
from seqtui.corpora.folders import runs_folder
from seqtui.engine.runs.checkpoints import FORMAT, check_equal, read_header
from seqtui.engine.runs.events import Event, Started
from seqtui.engine.runs.folder import (
    CHECKPOINTS,
    DESCRIPTION,
    LAST,
    LOG,
    METRICS,
    OWN_SOURCE,
    STDIN_TEXT,
    VOCABULARY,
    make_run_folder,
)
from seqtui.engine.runs.lock import holder, move_locked
from seqtui.engine.runs.metrics import read_events
from seqtui.engine.settings.run_config import LENGTHS, OWN_MODEL, RunConfig, kind_of
from seqtui.engine.settings.typed_json import build

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Corpus
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
        data = _read_json(path)
        vocabulary = _of_file(path, lambda: Vocabulary.from_json(data))
        check_equal(
            path, UserMessage("fingerprint"), vocabulary.fingerprint, self.vocabulary_fingerprint
        )
        return vocabulary

    def open_corpus(self) -> Corpus:
        """The corpus the run was trained on, read again. Raises InputError if it has changed."""
        from seqtui.corpora.catalogue import open_text
        from seqtui.corpora.corpus import build_corpus

        options = self.config.corpus_options
        if self.config.corpus == "-":
            text = replace(open_text(str(self.path / STDIN_TEXT), "utf-8"), name="stdin")
        else:
            text = open_text(self.config.corpus, options.encoding)
        corpus = build_corpus(text, options)
        self.check_corpus(corpus)
        return corpus

    def check_corpus(self, corpus: Corpus) -> None:
        """Raise InputError unless this is the corpus of the run."""
        check_equal(self.path, UserMessage("corpus"), corpus.fingerprint, self.corpus_fingerprint)
        found = corpus.training_vocabulary.fingerprint
        check_equal(self.path, UserMessage("vocabulary"), found, self.vocabulary_fingerprint)

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
        if self.config.corpus == "-":
            write_file(self.path / STDIN_TEXT, corpus.text.text.encode())

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
        )
        # In ASCII, because a path may hold bytes that are no text.
        text = json.dumps(asdict(data), indent=1, allow_nan=False)
        write_file(self.path / DESCRIPTION, text.encode())

    def log(self, text: str) -> None:
        """Add to log.txt; a log that cannot be written is no reason to fail."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with suppress(OSError), (self.path / LOG).open("a", encoding="utf-8") as file:
            file.write(f"{now} {text.rstrip()}\n")


def create_run(
    config: RunConfig, corpus: Corpus, folder: Path | None = None, own: OwnModel | None = None
) -> Run:
    """Make the folder of a new run: `folder`, or one with a name of its own among the runs.

    `own` is the user's own network, whose file is kept with the run.

    Raises InputError when the folder cannot be made or holds something already.
    """
    if own is not None:
        config = replace(config, model=own.spec)
    path = make_run_folder(folder, corpus.name, config.model_name)
    run = Run(
        path=path,
        config=replace(config, corpus=_lasting_source(config.corpus)),
        corpus_name=corpus.name,
        vocabulary_fingerprint=corpus.training_vocabulary.fingerprint,
        corpus_fingerprint=corpus.fingerprint,
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        status="running",
        document=None,
        own_fingerprint=own.fingerprint if own is not None else None,
        identity=secrets.token_hex(8),
    )
    try:
        run.write_inputs(corpus, own)
        run.write("running")
    except OSError as error:
        raise InputError(
            "--run-dir {path}: {reason}; take another folder",
            option="run_dir",
            path=path,
            reason=error.strerror,
        ) from error
    return run


def open_run(source: str | Path) -> Run:
    """The run in a folder, or of that name among the runs.

    Raises InputError, in one line, for whatever is not a run that this version can read.
    """
    path = Path(source)
    if not path.is_dir() and (runs_folder() / path).is_dir():
        path = runs_folder() / path
    if not path.is_dir():
        raise InputError("{source}: no such run; `seqtui runs` lists them", source=source)
    file = path / DESCRIPTION
    if not file.exists():
        raise InputError("{path}: not a run, it has no run.json", path=path)
    data = _read_json(file)
    if not isinstance(data, dict):
        raise InputError("{path}: not the description of a run", path=file)
    check_equal(file, UserMessage("format"), data.get("format"), FORMAT)
    known = {field.name: data[field.name] for field in fields(RunDescription) if field.name in data}
    found = _of_file(file, lambda: build(RunDescription, known))
    config = _of_file(file, lambda: RunConfig.from_json(found.config))
    path = path.absolute()
    document = found.document
    return Run(
        path=path,
        config=config,
        corpus_name=found.corpus_name,
        vocabulary_fingerprint=found.vocabulary,
        corpus_fingerprint=found.corpus,
        created=found.created,
        status=found.status,
        # A folder may have been moved since.
        document={**document, "run": str(path)} if isinstance(document, dict) else None,
        started=_started(found.started, path, config),
        started_at=found.started_at,
        failure=found.failure,
        own_fingerprint=found.own_model,
        identity=found.identity,
    )


def list_runs() -> list[Run]:
    """The runs in the runs' folder, newest first; what cannot be read as a run is left out."""
    runs = []
    with suppress(OSError):
        for path in runs_folder().iterdir():
            with suppress(InputError):
                runs.append(open_run(path))
    return sorted(runs, key=lambda run: (run.created, run.name), reverse=True)


def rename_run(run: Run, name: str) -> Run:
    """Give a run's folder another name in the same place; returns the run as it is then.

    Raises InputError for a name that is invalid or taken, and while the run is written.
    """
    if not name or name != Path(name).name or name.startswith((".", "-")) or not name.isprintable():
        raise InputError(
            "{name!r}: not a name for a run; leave out slashes and leading . and -", name=name
        )
    target = run.path.with_name(name)
    try:
        if target.exists():
            raise InputError("{name}: {target} exists; take another name", name=name, target=target)
        move_locked(run.path, target)
        renamed = open_run(target)
        renamed.write(renamed.status, renamed.document)
    except OSError as error:
        raise InputError(
            "{name}: {path} cannot be renamed: {reason}",
            name=name,
            path=run.path,
            reason=error.strerror,
        ) from error
    return renamed


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


def _lasting_source(source: str) -> str:
    """A corpus's name as it is, a path made absolute: a run is resumed from anywhere."""
    from seqtui.corpora.catalogue import CATALOGUE

    return (
        source
        if source == "-" or source in CATALOGUE
        else str(Path(source).expanduser().absolute())
    )


def _read_json(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise InputError("{path}: {reason}", path=path, reason=error.strerror) from error
    except (ValueError, RecursionError) as error:
        raise InputError("{path}: not readable as JSON", path=path) from error


def _of_file(path: Path, read: Callable[[], T]) -> T:
    """What `read` returns; its errors are given the file's name."""
    try:
        return read()
    except InputError as error:
        raise InputError("{path}: {reason}", path=path, reason=error) from error
