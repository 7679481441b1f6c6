"""The errors every layer shares: bad input, and work that was cancelled."""

from __future__ import annotations


class InputError(ValueError):
    """Bad input, told in one line that names the option, the value and the remedy.

    Raised anywhere below the screen for what the user can mend (a file, an option, a run
    that does not fit). The command line prints it and exits with code 2; the app shows it
    where the input was given. Everything else that is raised is a failure (exit code 1).
    """

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class Cancelled(Exception):
    """Long work was ended by its `on_progress` returning False; nothing is wrong."""
