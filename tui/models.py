"""A run's model, loaded for a command: torch only where the run is a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqtui.engine.configuration import NEURAL_MODELS
from seqtui.tui import console
from seqtui.tui.translation import _

if TYPE_CHECKING:
    from seqtui.engine.protocol import LanguageModel
    from seqtui.engine.runs import Run


def load_model(run: Run, checkpoint: str, machine: dict[str, Any]) -> LanguageModel:
    """The model of a checkpoint on the device asked for (`machine`: device and threads)."""
    if run.config.model not in NEURAL_MODELS:
        return run.load_model(checkpoint)
    with console.Progress(_("loading")) as progress:
        progress.show(_("importing torch …"))
        import torch

        from seqtui.engine.device import choose_device

        if "threads" in machine:
            torch.set_num_threads(machine["threads"])
        progress.show(_("loading {run} …").format(run=run.name))
        return run.load_model(checkpoint, choose_device(machine.get("device", "auto")).name)
