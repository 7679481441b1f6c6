"""`seqtui doctor`: what this machine offers, and a fix for anything wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from seqtui.tui.cli import console
from seqtui.tui.cli.options import json_option
from seqtui.tui.cli.parsing import Command, option
from seqtui.tui.translation import N_, _, localized, ngettext

FOLDERS = {
    "data": N_("data"),
    "runs": N_("runs"),
    "cache": N_("cache"),
    "config": N_("configuration"),
    "log": N_("log"),
}
"""Folders by their names in the document."""


@click.command(
    "doctor",
    cls=Command,
    help=N_(
        "Look at the device and why it was chosen, torch's CUDA against the driver's, the "
        "versions, the folders and the terminal, and suggest a fix for anything wrong."
    ),
    examples=("seqtui doctor", "seqtui doctor --device cuda:1", "seqtui doctor --json"),
)
@option(
    "--device",
    default="auto",
    metavar="auto|cpu|cuda|cuda:N|mps",
    shown="auto",
    help=N_("The device to try."),
)
@json_option
def command(device: str, as_json: bool) -> int:
    """Print the report; 1 when networks cannot run at all."""
    from seqtui.tui.cli.diagnosis import diagnose

    with console.Progress(_("importing torch")) as progress:
        progress.show(_("importing torch …"))
        report = diagnose(device)
    if as_json:
        console.document(report)
    else:
        _print(report)
    return 0 if report["device"]["name"] is not None else 1


def _print(report: Mapping[str, Any]) -> None:
    device, torch, driver = report["device"], report["torch"], report["driver"]
    rows = [[_("device"), _device_line(device)]]
    rows.append([_("torch"), _torch_line(torch)])
    rows.append([_("driver"), _driver_line(driver)])
    rows += [[_("GPU"), localized(gpu)] for gpu in driver["gpus"]]
    rows.append([_("cores"), str(report["cores"])])
    rows.append(["", ""])
    rows += [[name, version or _("not installed")] for name, version in report["versions"].items()]
    rows.append(["", ""])
    for name, folder in report["folders"].items():
        place = folder["path"]
        if not folder["writable"]:
            place = _("{path} (not writable)").format(path=place)
        rows.append([_(FOLDERS[name]), place])
    rows.append(["", ""])
    terminal = report["terminal"]
    rows.append([_("terminal"), _terminal_line(terminal)])
    rows.append([_("encoding"), terminal["encoding"] or _("none")])
    console.say_table(["", ""], rows, left=(0, 1))
    for remedy in report["remedies"]:
        console.say()
        console.say(f"! {localized(remedy)}")


def _device_line(device: Mapping[str, Any]) -> str:
    name = device["name"] or _("none")
    return _("{device}: {reason}").format(device=name, reason=localized(device["reason"]))


def _torch_line(torch: Mapping[str, Any]) -> str:
    if torch["version"] is None:
        return torch["error"] or _("missing")
    threads = torch["threads"]
    text = ngettext(
        "{version} ({build}, {count} thread)", "{version} ({build}, {count} threads)", threads
    )
    build = f"CUDA {torch['cuda']}" if torch["cuda"] else _("without CUDA")
    return text.format(version=torch["version"], build=build, count=threads)


def _driver_line(driver: Mapping[str, Any]) -> str:
    if driver["version"] is None:
        return _("no NVIDIA driver")
    if not driver["cuda"]:
        return f"NVIDIA {driver['version']}"
    text = _("NVIDIA {version} supports CUDA {cuda}")
    return text.format(version=driver["version"], cuda=driver["cuda"])


def _terminal_line(terminal: Mapping[str, Any]) -> str:
    if not terminal["is_terminal"]:
        return _("none (standard output is not a terminal)")
    size = f"{terminal['columns']}x{terminal['lines']}"
    colours = terminal["colorterm"] or _("COLORTERM not set")
    return f"{terminal['term'] or _('TERM not set')}, {size}, {colours}"
