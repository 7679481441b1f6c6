"""Options that several commands share, and how a command's help is laid out.

A group of options reaches its command as one dict of what was given on the command line, so
that defaults live in one place, the dataclass that is made of it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import click

from seqtui.corpora.errors import UserMessage
from seqtui.corpora.options import (
    ALIASES,
    BOUNDARIES,
    CLEANINGS,
    TEXT_ORDERS,
    TOKENIZERS,
    VOCABULARIES,
    CorpusOptions,
)
from seqtui.tui.cli.completing import complete_cleaning, complete_corpus, complete_run
from seqtui.tui.cli.help_layout import Context
from seqtui.tui.run_options import DEVICE, THREADS
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


class _Integer(click.types.IntParamType):
    name = N_("integer")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """As click does; it puts the name into its error, which has no other translation."""
        self.name = _(_Integer.name)
        return super().convert(value, param, ctx)


class _Number(click.types.FloatParamType):
    name = N_("number")

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The same for any number."""
        self.name = _(_Number.name)
        return super().convert(value, param, ctx)


class IntRange(click.IntRange):
    """Integers between two bounds."""

    name = N_("integer")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The same for an integer between bounds."""
        self.name = _(IntRange.name)
        return super().convert(value, param, ctx)


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


def corpus_argument(required: bool = True) -> Callable[[F], F]:
    """The argument CORPUS."""
    return click.argument("corpus", required=required, shell_complete=complete_corpus)


def run_argument() -> Callable[[F], F]:
    """The argument RUN."""
    return click.argument("run", shell_complete=complete_run)


def json_option(function: F) -> F:
    """`--json`, received as `as_json`."""
    return option(
        "--json", "as_json", is_flag=True, help=_("Print one JSON document and nothing else.")
    )(function)


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


_CORPUS = N_("Corpus")
_OTHER_NAMES = {name: alias for alias, name in ALIASES.items()}
_CLEANINGS = ", ".join(
    f"{name} ({_OTHER_NAMES[name]})" if name in _OTHER_NAMES else name for name in CLEANINGS
)
_DEFAULTS = CorpusOptions()
ENCODINGS = N_("UTF-8, UTF-16 with mark, GB18030, tried in this order")
"""What is done about an encoding that is not given."""

corpus_options = gathered(
    "corpus_settings",
    (
        option(
            "--clean",
            "cleaning",
            metavar=N_("CLEANING"),
            shell_complete=complete_cleaning,
            section=_CORPUS,
            shown=_DEFAULTS.cleaning,
            help=UserMessage("How the text is cleaned: {names}.", names=_CLEANINGS),
        ),
        option(
            "--tokenizer",
            type=click.Choice(TOKENIZERS),
            section=_CORPUS,
            shown=_DEFAULTS.tokenizer,
            help=N_("What a token is: a code point, a word or a byte."),
        ),
        option(
            "--min-freq",
            type=int,
            metavar=N_("COUNT"),
            section=_CORPUS,
            shown=_DEFAULTS.min_freq,
            help=N_("Tokens that occur fewer times in the training part become <unk>."),
        ),
        option(
            "--vocabulary",
            type=click.Choice(VOCABULARIES),
            section=_CORPUS,
            shown=_DEFAULTS.vocabulary,
            help=N_("Open: <unk> is a member of the vocabulary. Closed: there is no <unk>."),
        ),
        option(
            "--held-out",
            type=float,
            metavar=N_("SHARE"),
            section=_CORPUS,
            shown=_DEFAULTS.held_out,
            help=N_("Share of the tokens, at the end of the text, held out from training."),
        ),
        option(
            "--encoding",
            metavar=N_("NAME"),
            section=_CORPUS,
            shown=ENCODINGS,
            help=N_("Encoding of the file, such as cp1252."),
        ),
        option(
            "--strip-gutenberg",
            is_flag=True,
            section=_CORPUS,
            help=N_("Cut the header and licence of a Project Gutenberg file."),
        ),
        option(
            "--boundaries",
            type=click.Choice(BOUNDARIES),
            section=_CORPUS,
            shown=_DEFAULTS.boundaries,
            help=N_("One stream, or each line a sentence <s> … </s> (n-gram models)."),
        ),
        option(
            "--text-order",
            type=click.Choice(TEXT_ORDERS),
            section=_CORPUS,
            shown=_DEFAULTS.text_order,
            help=N_("How a model reads the tokens: as written, from the end, or in no order."),
        ),
    ),
)
"""`--clean` … `--text-order`, received as the dict `corpus_settings`."""


device_options = gathered(
    "machine",
    (
        option(
            "--device",
            metavar=DEVICE.metavar,
            section=DEVICE.section,
            shown=DEVICE.default,
            help=DEVICE.help,
        ),
        option(
            "--threads",
            type=IntRange(min=1),
            metavar=THREADS.metavar,
            section=THREADS.section,
            shown=THREADS.default,
            help=THREADS.help,
        ),
    ),
)
"""`--device` and `--threads`, received as the dict `machine`."""

checkpoint_option = option(
    "--checkpoint",
    type=click.Choice(["best", "last"]),
    default="best",
    shown="best",
    help=N_("Weights with the lowest held-out loss, or those after the last step."),
)

own_model_option = option(
    "--model",
    "own_model",
    metavar="FILE.py:CLASS",
    help=N_("A run's network of your own, named again since loading its file runs it."),
)
"""`--model` of commands that load a run, received as `own_model`."""


def model_options(*own: Callable[[Any], Any]) -> Callable[[F], F]:
    """RUN, a command's `own` arguments and options, and those that load a run's model; `--json`."""
    added = (
        run_argument(),
        *own,
        checkpoint_option,
        own_model_option,
        device_options,
        json_option,
    )

    def decorate(function: F) -> F:
        for add in reversed(added):
            function = add(function)
        return function

    return decorate


_SAMPLING = N_("Sampling")

sampling_options = gathered(
    "sampling",
    (
        option(
            "--temperature",
            type=float,
            metavar="T",
            section=_SAMPLING,
            shown=1.0,
            help=N_("Divides the logits: below 1 bolder, 0 always the most probable token."),
        ),
        option(
            "--top-k",
            type=int,
            metavar="K",
            section=_SAMPLING,
            shown=N_("0, all"),
            help=N_("Only the K most probable tokens."),
        ),
        option(
            "--top-p",
            type=float,
            metavar="P",
            section=_SAMPLING,
            shown=1.0,
            help=N_("Only the most probable tokens that together reach probability P."),
        ),
        option(
            "--seed",
            type=int,
            metavar=N_("SEED"),
            section=_SAMPLING,
            shown=0,
            help=N_("The same seed writes the same text."),
        ),
    ),
)
"""`--temperature`, `--top-k`, `--top-p`, `--seed`, received as the dict `sampling`."""
