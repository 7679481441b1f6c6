"""The model a command works with: a run's, or one of an ARPA file; torch only for a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtui.corpora.errors import InputError
from seqtui.tui.cli import console
from seqtui.tui.numbers import count
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.corpora.corpus import Part
    from seqtui.corpora.options import CorpusOptions
    from seqtui.corpora.progress import OnProgress
    from seqtui.corpora.vocabulary import Vocabulary
    from seqtui.engine.protocol import Ids, LanguageModel
    from seqtui.engine.runs.run import Run


@dataclass(frozen=True)
class ModelSource:
    """Where a model comes from, and how a text becomes ids for it."""

    path: Path
    options: CorpusOptions
    vocabulary: Vocabulary
    run: Run | None
    """None for an ARPA file."""
    _load: Callable[[str, dict[str, Any]], LanguageModel]
    line_ends: bool = True
    """Whether line ends that are no token are unknown tokens; else they are left out."""

    def encode_text(self, text: str, on_progress: OnProgress | None = None) -> Part:
        """The ids of a text, as `corpus.encode_text`."""
        from seqtui.corpora.corpus import encode_text

        return encode_text(text, self.options, self.vocabulary, on_progress, self.line_ends)

    def encode_prefix(self, text: str) -> Ids:
        """The ids of a text to be gone on with, as `corpus.encode_prefix`."""
        from seqtui.corpora.corpus import encode_prefix

        return encode_prefix(text, self.options, self.vocabulary, self.line_ends)

    def load(self, checkpoint: str, machine: dict[str, Any]) -> LanguageModel:
        """The model of a checkpoint on the device asked for (`machine`: device and threads)."""
        return self._load(checkpoint, machine)

    def checkpoint(self, kind: str) -> str:
        """The name of the checkpoint that is meant by `best` or `last`; `arpa` for such a file."""
        return self.run.checkpoint(kind).stem if self.run is not None else "arpa"

    def step(self, kind: str) -> int | None:
        """The step of that checkpoint; None for an ARPA file."""
        return None if self.run is None else self.run.step_on_disk(self.checkpoint(kind))


def open_model(
    name: str, named_model: str | None = None, tokenizer: str | None = None
) -> ModelSource:
    """A run, by name or folder, or an ARPA file, gzipped or not.

    `named_model` is what `--model` names: the file of a network of the user's own; `tokenizer` how
    a text becomes the tokens of an ARPA file that does not say so.

    Raises InputError for what is neither.
    """
    path = Path(name)
    if _is_no_folder(path):
        return _open_arpa(path, tokenizer)
    from seqtui.engine.runs.run import open_run

    run = open_run(name)
    options = run.config.corpus_options
    if tokenizer not in (None, options.tokenizer):
        raise InputError(
            "--tokenizer {tokenizer}: the tokens of {run} are {said}; leave it out",
            option="tokenizer",
            tokenizer=tokenizer,
            run=run.name,
            said=options.tokenizer,
        )
    return ModelSource(
        run.path,
        options,
        run.vocabulary,
        run,
        lambda kind, machine: _load(run, kind, machine, named_model),
    )


def _is_no_folder(path: Path) -> bool:
    """Whether something is there that is no folder of a run: a file, or what is refused as one."""
    try:
        return path.exists() and not path.is_dir()
    except (OSError, ValueError):  # a name that no file system takes
        return False


def _open_arpa(path: Path, tokenizer: str | None) -> ModelSource:
    from seqtui.engine.ngrams.arpa_reading import read_arpa

    with console.Progress(_("reading {name}").format(name=path.name)) as progress:
        found = read_arpa(path, progress, tokenizer)
    if found.unknown_is_impossible:
        text = _("{name} has no <unk>: words that it lacks are impossible")
        console.complain(text.format(name=path.name))
    return ModelSource(
        path,
        found.options,
        found.vocabulary,
        None,
        lambda kind, machine: found.model,
        line_ends=found.ours,
    )


def _load(
    run: Run, checkpoint: str, machine: dict[str, Any], named_model: str | None
) -> LanguageModel:
    from seqtui.engine.runs.loading import load_model

    if run.config.counted:
        return load_model(run, checkpoint, named_model=named_model)
    _complain_of_weights(run, checkpoint)
    with console.Progress(_("loading")) as progress:
        progress.show(_("importing torch …"))
        import torch

        from seqtui.engine.training.device import choose_device

        if "threads" in machine:
            torch.set_num_threads(machine["threads"])
        progress.show(_("loading {run} …").format(run=run.name))
        device = choose_device(machine.get("device", "auto")).name
        return load_model(run, checkpoint, device, named_model)


def _complain_of_weights(run: Run, checkpoint: str) -> None:
    """Say so where the weights are not the ones that the run reached."""
    wanted = run.checkpoint(checkpoint).stem
    step = run.step_on_disk(wanted)
    document = run.document if run.status == "done" else None
    reached = ((document or {}).get("held_out") or {}).get("step")
    if step == 0:
        words = _("{run}: these are weights of step 0, which have not been trained")
        console.complain(words.format(run=run.name))
    elif checkpoint == "best" and wanted != "best" and reached is not None:
        words = _("{run}: best.safetensors is missing; these are the last weights, of step {step}")
        console.complain(words.format(run=run.name, step=count(step)))
