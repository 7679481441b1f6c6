"""What the driver relies upon in the toolkit is there; an update that moves it fails here."""

from __future__ import annotations

import ast
import inspect
import textwrap

from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver


def names_used(function: object) -> set[str]:
    """The attributes of `self` that a method reads, sets or calls."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))  # type: ignore[arg-type]
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


def test_what_is_drawn_goes_through_write_and_what_is_typed_through_the_input_thread() -> None:
    start = names_used(LinuxDriver.start_application_mode)
    assert {"write", "attrs_before", "_run_input_thread"} <= start
    assert "run_input_thread" in names_used(LinuxDriver._run_input_thread)
    # Only these know the writer of the toolkit, which stays idle.
    users = {
        name
        for name, method in inspect.getmembers(LinuxDriver, inspect.isfunction)
        if method.__qualname__.startswith("LinuxDriver.") and "_writer_thread" in names_used(method)
    }
    assert users == {"__init__", "write", "start_application_mode", "close"}


def test_the_terminal_is_given_back_as_it_was() -> None:
    assert {"attrs_before", "write", "disable_input"} <= names_used(
        LinuxDriver.stop_application_mode
    )
    assert {"exit_event", "_key_thread"} <= names_used(LinuxDriver.disable_input)
    assert {"fileno", "exit_event"} <= names_used(LinuxDriver.__init__)
    assert {"stop_application_mode", "close"} <= names_used(Driver.suspend_application_mode)
    assert hasattr(Driver, "SignalResume")
