"""The entry point: from the arguments to an exit code, whatever happens in between.

Nothing is imported here before ctrl+c ends the process quietly. `seqtui` without arguments goes
straight to the app, past even click, because everything before the first paint is felt.
"""

from __future__ import annotations

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]  # `python -m` puts the working folder there: a random.py in it is the user's

import os

FAILED = 1
USAGE = 2


def main() -> None:
    """Run `seqtui` with the process's arguments and exit."""
    import _signal  # type: ignore[import-not-found] # as `signal`, without the time that takes

    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)  # ends an import without a traceback

    from seqtui.engine.training.allocator import share_one_arena
    from seqtui.tui.cli import console

    share_one_arena()
    console.open_closed_descriptors()
    code = run(sys.argv[1:])
    console.settle()
    _leave(code)


def _leave(code: int) -> None:
    """Exit, without waiting for a thread that a network of the user's own has started."""
    import threading

    others = (each for each in threading.enumerate() if each is not threading.main_thread())
    if not all(each.daemon for each in others):
        os._exit(code)
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 usage or input, 128+n."""
    import signal

    from seqtui.corpora.errors import InputError
    from seqtui.tui.cli import console
    from seqtui.tui.cli.signals import ended_by_signals

    try:
        with ended_by_signals():
            _check_folder()
            code = _dispatch(arguments)
            console.flush()
            return code
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED
    except InputError as error:
        console.complain(error)
        return USAGE
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        console.forget_stdout()
        return 128 + signal.SIGPIPE
    except BaseException as error:
        return _failed(error)


def _check_folder() -> None:
    """Raise InputError in a working folder that was deleted: torch's libraries abort there."""
    from seqtui.corpora.errors import InputError

    try:
        os.getcwd()
    except OSError as error:
        raise InputError(
            "the working folder is not there any more ({reason}): change to another one (cd)",
            reason=error.strerror or error,
        ) from error


def _dispatch(arguments: list[str]) -> int:
    from seqtui.tui.cli import console

    if not arguments and console.COMPLETION_VARIABLE not in os.environ:
        from seqtui.tui.cli.opening import open_app

        return open_app(None, None)
    from seqtui.tui.cli.group import run_command

    return run_command(arguments)


def _failed(error: BaseException) -> int:
    """Print a failure in one line; the traceback of an unexpected one goes to a log."""
    from seqtui.corpora.errors import system_message
    from seqtui.tui.cli import console
    from seqtui.tui.translation import _, localized

    if isinstance(error, OSError) and _raised_in(error) == "click.utils":  # help, being printed
        error = console.OutputError.of(error)
    if os.environ.get(console.TRACEBACK_VARIABLE, "0") not in ("", "0"):
        console.show_traceback()
    if type(error).__module__.startswith("seqtui."):
        line = localized(error)  # made to be read: the network, a training that diverged
    elif _is_out_of_memory(error):
        line = _(
            "not enough memory; a lower --order needs less to count, a smaller --batch-size, "
            "--window or --hidden less to train"
        )
    elif isinstance(error, OSError) and (message := system_message(error)) is not None:
        line = localized(message)
    else:
        line = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        log = console.log_failure()
        if log is not None:
            line = _("{failure} (traceback in {log})").format(failure=line, log=log)
    console.complain(line)
    try:
        console.flush()
    except OSError:
        console.forget_stdout()
    return FAILED


def _raised_in(error: BaseException) -> str:
    """The module whose function raised it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else str(trace.tb_frame.f_globals.get("__name__"))


def _is_out_of_memory(error: BaseException) -> bool:
    """Python's own error, and torch's on a GPU and on the CPU (there a plain RuntimeError)."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or "can't allocate memory" in str(error)
    )


if __name__ == "__main__":
    main()
