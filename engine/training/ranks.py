"""Which of how many processes this one is, by what torchrun or Slurm put in its environment.

Imports no torch: the command line asks before it loads anything.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from seqtui.corpora.errors import InputError
from seqtui.engine.runs.request import Rank

FIRST_PORT = 29_500
"""Where processes meet if nothing else is said; jobs of Slurm take one of the thousand from here
on, by their number."""

MEETING_VARIABLE = "SEQTUI_MEETING_SECONDS"
"""Names how many seconds the processes wait for each other to come."""
MEETING_SECONDS = 120
"""So many if nothing else is said: importing torch from a shared disk takes a minute."""


def rank_of_process(environment: Mapping[str, str] = os.environ) -> Rank | None:
    """The rank of this process, None when it trains alone.

    Raises InputError for an environment that contradicts itself.
    """
    if "WORLD_SIZE" in environment and "RANK" in environment:
        names = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
        host, port = environment.get("MASTER_ADDR", "localhost"), FIRST_PORT
    elif "SLURM_STEP_NUM_TASKS" in environment:  # inside srun; a batch script alone has it not
        names = ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID")
        nodes = environment.get("SLURM_STEP_NODELIST", "localhost")
        host = environment.get("MASTER_ADDR", first_node(nodes))
        port = FIRST_PORT + _whole(environment, "SLURM_JOB_ID") % 1000
    else:
        return None
    number, of, local = (_whole(environment, name) for name in names)
    if of <= 1:
        return None
    if not 0 <= number < of:
        raise InputError(
            "{name}={number}: must be below {limit_name}={of}",
            name=names[0],
            number=number,
            limit_name=names[1],
            of=of,
        )
    held = environment.get("TORCHELASTIC_USE_AGENT_STORE") == "True"
    port = _whole(environment, "MASTER_PORT", port)
    return Rank(
        number,
        of,
        local,
        host,
        port,
        serves=number == 0 and not held,
        meeting_seconds=_whole(environment, MEETING_VARIABLE, MEETING_SECONDS),
        attempt=_whole(environment, "TORCHELASTIC_RESTART_COUNT"),
    )


def first_node(nodes: str) -> str:
    """The first host of a Slurm node list: `gpu[03-05,9]` is `gpu03`."""
    found = re.match(r"([^,\[]+)(?:\[(\d+))?", nodes)
    return "".join(part or "" for part in found.groups()) if found else nodes


def _whole(environment: Mapping[str, str], name: str, default: int = 0) -> int:
    value = environment.get(name, str(default))
    if not (value.isdecimal() and value.isascii() and len(value) < 10):
        raise InputError("{name}={value}: must be a whole number", name=name, value=value)
    return int(value)
