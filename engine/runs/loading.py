"""From a run to its model. Imports torch only to load a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seqtui.corpora.errors import InputError
from seqtui.engine.ngrams.infinity import InfinityGram
from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.ngrams.uniform import UniformModel
from seqtui.engine.runs.checkpoints import Checkpoint, load_weights, read_checkpoint
from seqtui.engine.runs.folder import OWN_SOURCE
from seqtui.engine.runs.run import Run
from seqtui.engine.settings.run_config import OWN_MODEL, RunConfig

if TYPE_CHECKING:
    from seqtui.engine.networks.own_model import OwnModel
    from seqtui.engine.protocol import LanguageModel


def load_model(
    run: Run, checkpoint: str = "best", device: str = "cpu", named_model: str | None = None
) -> LanguageModel:
    """The trained model; `named_model` is FILE.py:CLASS as the user named it, if so.

    Raises InputError for files that do not belong together, and as `load_own_model`.
    """
    own = load_own_model(run, named_model)
    path = run.checkpoint(checkpoint)
    size = len(run.vocabulary)
    if run.config.counted:
        found = read_checkpoint(path, run.vocabulary_fingerprint, "np", run.identity)
        return counted_model(run.config, size, found)
    import torch

    from seqtui.engine.networks.model import NeuralModel, build_module

    found = read_checkpoint(path, run.vocabulary_fingerprint, "pt", run.identity)
    # The meta device takes no memory before the file has been seen to fit; code of one's
    # own need not bear it.
    with torch.device("cpu" if own else "meta"), torch.random.fork_rng(devices=[]):
        module = build_module(run.config, size, own)
    load_weights(module, found)
    return NeuralModel(module.to(device), size, device)


def load_own_model(run: Run, named: str | None) -> OwnModel | None:
    """The user's own network as the user named it now; None for any other model.

    Raises InputError when nothing was named, for run.json does not permit executing a file, and
    when what was named is not the file and class that the run was trained with.
    """
    if run.config.kind != OWN_MODEL:
        if named is not None and named != run.config.model:
            raise InputError(
                "--model {named}: {run} has {model}",
                option="model",
                named=named,
                run=run.name,
                model=run.config.model,
            )
        return None
    file, _, name = run.config.model.rpartition(":")
    copy = f"{run.path / OWN_SOURCE}:{name}"
    if named is None:
        remedy = run.config.model if Path(file).is_file() else copy
        raise InputError(
            "{run}: its network is your own code; it runs only if you name it: --model {remedy}",
            run=run.name,
            remedy=remedy,
        )
    from seqtui.engine.networks.own_model import load

    own = load(named)
    if own.name != name:
        raise InputError(
            "--model {named}: {run} was trained with class {name}",
            option="model",
            named=named,
            run=run.name,
            name=name,
        )
    if own.fingerprint != run.own_fingerprint:
        raise InputError(
            "--model {named}: the file has changed since {run} was trained; "
            "the run keeps what it was: --model {copy}",
            option="model",
            named=named,
            run=run.name,
            copy=copy,
        )
    return own


def counted_model(config: RunConfig, vocabulary_size: int, checkpoint: Checkpoint) -> LanguageModel:
    """The model that `fit` saved. Raises InputError where the arrays are not what they must be."""
    if config.model == "uniform":
        return UniformModel(vocabulary_size)
    try:
        if config.model == "infinity-gram":
            return InfinityGram.from_tensors(checkpoint.tensors, vocabulary_size)
        return NgramModel.from_tensors(checkpoint.tensors, config.order, vocabulary_size)
    except (InputError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise InputError(
            "{path}: not the counts of this model ({reason})", path=checkpoint.path, reason=error
        ) from error
