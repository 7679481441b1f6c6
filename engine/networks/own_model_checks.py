"""What a network of the user's own must do, tried before it is trained.

It maps ids `[batch, steps]` (int64) and a state, or None at the start of a text, to logits
`[batch, steps, vocab]` and the state after them. Each way of failing is one line that says what
is wrong and what is expected.
"""

from __future__ import annotations

import math
from typing import NoReturn

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqtui.corpora.errors import InputError, UserMessage
from seqtui.engine.networks.model import PIECE_LOGITS, PIECE_STEPS
from seqtui.engine.networks.own_code import OwnCodeError
from seqtui.engine.networks.own_model import OwnModel, described_call
from seqtui.engine.networks.recurrent import State
from seqtui.engine.settings.run_config import RunConfig

BATCH = 3
STEPS = 12
CUT = 5
"""Where a passage is changed, or read on with the state: not the middle, so that a batch taken
for the steps cannot fit by accident."""
TOLERANCE = 1e-4
"""Largest difference of logits, by the largest of them, that rounding may cause."""


def check_own_model(own: OwnModel, config: RunConfig, vocabulary_size: int) -> None:
    """Raise InputError unless the class can be trained, evaluated and stepped as any other.

    Runs on the CPU in well under a second for a small network, and leaves torch's random state.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        try:
            _Checks(own, config, vocabulary_size).run()
        except OwnCodeError as error:
            raise InputError("{reason}", reason=error) from error


class _Checks:
    def __init__(self, own: OwnModel, config: RunConfig, vocabulary_size: int) -> None:
        self._own = own
        self._vocabulary_size = vocabulary_size
        self._window = config.window
        self._module = own.build(config, vocabulary_size)
        # Other weights than those of the start, which may be zeros, or so small that what one
        # token does to the next is lost in rounding.
        self._stirred = own.build(config, vocabulary_size)
        with torch.no_grad():
            for each in self._stirred.parameters():
                if each.is_floating_point():
                    each.normal_(std=1 / math.sqrt(max(each.shape[-1], 1)) if each.dim() else 1.0)

    def run(self) -> None:
        self._shapes()
        self._gradients(self._module)
        self._gradients(self._stirred)
        self._stirred.eval()
        with torch.no_grad():
            self._repeatable()
            self._rows_apart()
            self._no_look_ahead()
            self._state_carried()

    def _shapes(self) -> None:
        """Any batch and length, as in training, in scoring the held-out text and in writing."""
        piece = max(1, min(PIECE_STEPS, PIECE_LOGITS // self._vocabulary_size))
        longest = max(piece, self._window)
        for batch, steps in ((BATCH, STEPS), (1, STEPS), (BATCH, 1), (1, longest)):
            with torch.no_grad():
                self._pass(self._module, self._ids(batch, steps), None)

    def _gradients(self, module: nn.Module) -> None:
        ids = self._ids(BATCH, 2 * STEPS)
        first, state = self._pass(module, ids[:, :STEPS], None)
        second, _ = self._pass(module, ids[:, STEPS:], state)
        logits = torch.cat([first, second], dim=1)
        if not logits.requires_grad:
            self._refuse(
                UserMessage(
                    "the logits carry no gradient: leave out detach(), .data, numpy and no_grad()"
                )
            )
        loss = functional.cross_entropy(logits.float().flatten(0, 1), ids.flatten())
        with self._own.placing_errors(UserMessage("back-propagation through forward")):
            loss.backward()  # type: ignore[no-untyped-call]
        for name, each in module.named_parameters():
            if each.requires_grad and each.grad is None:
                self._refuse(
                    UserMessage(
                        "no gradient reaches {name}: forward does not use it, or cuts it off with"
                        " detach() or no_grad(); use it, or set its requires_grad to False",
                        name=name,
                    )
                )
            if module is self._stirred and each.grad is not None and not each.grad.any():
                self._refuse(
                    UserMessage(
                        "the gradient of {name} is zero whatever the weights: forward uses it "
                        "only through a step such as round, sign or argmax, or multiplies it by "
                        "zero",
                        name=name,
                    )
                )

    def _repeatable(self) -> None:
        ids = self._ids(BATCH, STEPS)
        self._same(
            self._logits(ids),
            self._logits(ids),
            UserMessage(
                "two passes over the same ids differ in evaluation mode; drop activations"
                " only where self.training is true, as nn.Dropout does"
            ),
        )

    def _rows_apart(self) -> None:
        ids = self._ids(BATCH, STEPS)
        changed = ids.clone()
        changed[1] = (changed[1] + 1) % self._vocabulary_size
        self._same(
            self._logits(ids)[::2],
            self._logits(changed)[::2],
            UserMessage(
                "the logits of one row depend on the ids of another; ids are [batch, "
                "steps], so recurrent and attention layers of torch.nn need "
                "batch_first=True"
            ),
        )

    def _no_look_ahead(self) -> None:
        ids = self._ids(BATCH, STEPS)
        changed = ids.clone()
        changed[:, CUT:] = (changed[:, CUT:] + 1) % self._vocabulary_size
        self._same(
            self._logits(ids)[:, :CUT],
            self._logits(changed)[:, :CUT],
            UserMessage(
                "it looks into the future: other ids from step {first} on change the "
                "logits of steps 1 to {cut}; logits at step t may depend on ids up to t "
                "only",
                first=CUT + 1,
                cut=CUT,
            ),
        )

    def _state_carried(self) -> None:
        ids = self._ids(BATCH, STEPS)
        first, state = self._pass(self._stirred, ids[:, :CUT], None)
        second, _ = self._pass(self._stirred, ids[:, CUT:], state)
        self._same(
            torch.cat([first, second], dim=1),
            self._logits(ids),
            UserMessage(
                "reading {cut} steps and, with the state they return, {rest} more gives "
                "other logits than reading all {steps} at once; start from the state that"
                " is given, and return all that later steps need",
                cut=CUT,
                rest=STEPS - CUT,
                steps=STEPS,
            ),
        )

    def _logits(self, ids: Tensor) -> Tensor:
        return self._pass(self._stirred, ids, None)[0]

    def _pass(
        self, module: nn.Module, ids: Tensor, state: State | None
    ) -> tuple[Tensor, State | None]:
        """Call the network as training does, and see that what comes back is what it must be."""
        batch, steps = ids.shape
        called = described_call(ids, state)
        result = module(ids, state)
        if not isinstance(result, tuple) or len(result) != 2:
            self._refuse(
                UserMessage(
                    "{called} returns {kind}; return logits, state",
                    called=called,
                    kind=_named(result),
                )
            )
        logits, later = result
        expected = f"[{batch}, {steps}, {self._vocabulary_size}]"
        if not isinstance(logits, Tensor):
            self._refuse(
                UserMessage(
                    "{called} returns {kind} for logits; a tensor {expected}",
                    called=called,
                    kind=_named(logits),
                    expected=expected,
                )
            )
        if list(logits.shape) != [batch, steps, self._vocabulary_size]:
            self._refuse(
                UserMessage(
                    "{called} returns logits {shape}; [batch, steps, vocab] is {expected}",
                    called=called,
                    shape=list(logits.shape),
                    expected=expected,
                )
            )
        if not logits.is_floating_point():
            self._refuse(
                UserMessage(
                    "{called} returns logits of {dtype}; expected are torch.float32",
                    called=called,
                    dtype=logits.dtype,
                )
            )
        if not bool(logits.isfinite().all()):
            self._refuse(
                UserMessage(
                    "{called} returns logits that are not finite, with ids from 0 to {last}; "
                    "look for log(0), a division by 0 or empty memory",
                    called=called,
                    last=self._vocabulary_size - 1,
                )
            )
        if not _is_state(later):
            self._refuse(
                UserMessage(
                    "{called} returns {kind} for the state; a tensor, a tuple of two or more "
                    "tensors, or None where there is no memory",
                    called=called,
                    kind=_named(later),
                )
            )
        return logits, later

    def _same(self, one: Tensor, other: Tensor, otherwise: str) -> None:
        scale = max(1.0, float(one.abs().max()))
        difference = float((one - other).abs().max())
        if not difference <= TOLERANCE * scale:
            self._refuse(
                UserMessage(
                    "{otherwise} (largest difference {difference:.2g})",
                    otherwise=otherwise,
                    difference=difference,
                )
            )

    def _ids(self, batch: int, steps: int) -> Tensor:
        ids = torch.randint(self._vocabulary_size, (batch, steps))
        ids[0, 0] = self._vocabulary_size - 1  # what an embedding with a row too few lacks
        return ids

    def _refuse(self, text: str) -> NoReturn:
        raise InputError("{spec}: {text}", spec=self._own.spec, text=text)


def _is_state(value: object) -> bool:
    if isinstance(value, tuple):
        return len(value) > 1 and all(isinstance(each, Tensor) for each in value)
    return value is None or isinstance(value, Tensor)


def _named(value: object) -> str:
    if isinstance(value, Tensor):
        return UserMessage("a tensor {shape}", shape=list(value.shape))
    if isinstance(value, (tuple, list)):
        return UserMessage("a {type} of {count}", type=type(value).__name__, count=len(value))
    if value is None:
        return "None"
    return UserMessage("a value of type {type}", type=type(value).__name__)
