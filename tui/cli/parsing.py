"""click's commands and options, translated when they are shown and laid out by cells.

A group of options reaches its command as one dict of what was given on the command line, so
that defaults live in one place, the dataclass that is made of it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import click

from seqtui.tui.cli.help_layout import Context
from seqtui.tui.translation import N_, Text, _, shown_text

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = N_("Options")
"""The section of an option that names none."""
ASKING = ("-h", "--help", "--version")
"""Options with which a group answers itself."""


class _Translated:
    """A command whose marked help is translated when it is read, and laid out by cells."""

    context_class: type[click.Context] = Context
    _help: str | None = None

    @property
    def help(self) -> str | None:
        """The help in the user's language."""
        return None if self._help is None else _(self._help)

    @help.setter
    def help(self, marked: str | None) -> None:
        self._help = marked

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`, which click makes once, in the language of now."""
        found: click.Option | None = super().get_help_option(ctx)  # type: ignore[misc]
        if found is not None:
            found.help = _("Show this message and exit.")
        return found

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first sentence, whole: click's own cut is at a space, which a language may lack."""
        first, stop, _rest = (self.help or "").partition(". ")
        return first + stop.strip()


class Command(_Translated, click.Command):
    """A command whose help shows its options in sections and ends with examples."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One list of options for each section, in order of first use."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                section = getattr(parameter, "section", OPTIONS)
                sections.setdefault(section, []).append(record)
        for section, records in sections.items():
            with formatter.section(_(section)):
                formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, as they are typed."""
        if self.examples:
            with formatter.section(_("Examples")):
                for example in self.examples:
                    formatter.write(f"  {example}\n")


class Group(_Translated, click.Group):
    """A group whose help is translated when it is read."""


class DefaultGroup(Group):
    """A group with a command for arguments that name none: `runs --json` is `runs list --json`."""

    default_command = ""
    flags: tuple[str, ...] = ()
    """Options of the group that may come before the command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command before arguments that name none and ask the group nothing."""
        start = next((i for i, arg in enumerate(args) if arg not in self.flags), len(args))
        rest = args[start:]
        if not rest:
            to_default = not ctx.resilient_parsing  # a shell may ask what could come first
        elif rest[0].startswith("-") and rest[0] != "-":
            to_default = rest[0] not in ASKING
        else:
            to_default = self.takes(rest[0], ctx)
        if to_default:
            args = [*args[:start], self.default_command, *rest]
        return super().parse_args(ctx, args)

    def takes(self, word: str, ctx: click.Context) -> bool:
        """Whether a word is for the default command, and no (misspelt) name of another."""
        return False


class _Named(click.ParamType[Any]):
    """A kind of number; click puts its name into an error, which has no other translation."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """As click does, under the name in the user's language."""
        self.name = _(type(self).name)
        return super().convert(value, param, ctx)


class _Integer(_Named, click.types.IntParamType):
    name = N_("integer")


class _Number(_Named, click.types.FloatParamType):
    name = N_("number")


class IntRange(_Named, click.IntRange):
    """Integers between two bounds."""

    name = N_("integer")


_KINDS: dict[Any, Any] = {int: _Integer(), float: _Number()}


class Option(click.Option):
    """An option that belongs to a section of the help, its texts translated when they are read."""

    def __init__(
        self,
        *args: Any,
        help: Text,
        shown: Text | float | None = None,
        section: str | None = None,
        **kwargs: Any,
    ) -> None:
        self._text, self._shown = help, shown
        super().__init__(*args, **kwargs)
        self.section = section or OPTIONS

    @property
    def help(self) -> str | None:
        """The help, which ends with the default that `shown` names."""
        text = shown_text(self._text)
        if self._shown is None:
            return text
        default = self._shown if isinstance(self._shown, int | float) else shown_text(self._shown)
        return _("{help}  [default: {default}]").format(help=text, default=default)

    @help.setter
    def help(self, text: str | None) -> None:
        """click's way to set it, which is not needed."""

    def make_metavar(self, *args: Any, **kwargs: Any) -> str:
        """The kind of value in capitals, in the user's language."""
        return super().make_metavar(*args, **kwargs) if self.metavar is None else _(self.metavar)


def option(
    *names: str,
    help: Text,
    shown: Text | float | None = None,
    section: str | None = None,
    **settings: Any,
) -> Callable[[F], F]:
    """An option with marked texts; `shown` is the default that its help names."""
    settings["type"] = _KINDS.get(settings.get("type"), settings.get("type"))
    return click.option(*names, cls=Option, help=help, shown=shown, section=section, **settings)


def gathered(name: str, options: Sequence[Callable[[Any], Any]]) -> Callable[[F], F]:
    """A decorator that adds options and hands the command those that were given, as one dict."""

    def probe() -> None:
        """Takes the options once, to learn their names."""

    for add in options:
        add(probe)
    keys = [parameter.name for parameter in getattr(probe, "__click_params__")]  # noqa: B009

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def command(**values: Any) -> Any:
            given = {
                key: value
                for key in keys
                if (value := values.pop(key)) is not None and value is not False
            }
            return function(**{name: given}, **values)

        for add in reversed(options):
            add(command)
        return cast(F, command)

    return decorate
