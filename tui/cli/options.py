"""Options that several commands share, and how a command's help is laid out.

A group of options reaches its command as one dict of what was given on the command line, so
that defaults live in one place, the dataclass that is made of it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import click

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
from seqtui.tui.run_options import DEVICE, THREADS
from seqtui.tui.translation import _

F = TypeVar("F", bound=Callable[..., Any])

ASKING = ("-h", "--help", "--version")
"""Options with which a group answers itself."""


class Command(click.Command):
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
                sections.setdefault(getattr(parameter, "section", _("Options")), []).append(record)
        for section, records in sections.items():
            with formatter.section(section):
                formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, as they are typed."""
        if self.examples:
            with formatter.section(_("Examples")):
                for example in self.examples:
                    formatter.write(f"  {example}\n")


class DefaultGroup(click.Group):
    """A group with a command for arguments that name none: `runs --json` is `runs list --json`."""

    default_command = ""
    flags: tuple[str, ...] = ()
    """Options of the group that may stand before the command."""

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


class Option(click.Option):
    """An option that belongs to a section of the help."""

    def __init__(self, *args: Any, section: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section or _("Options")


def option(
    *names: str, help: str, shown: object = None, section: str | None = None, **settings: Any
) -> Callable[[F], F]:
    """An option whose help ends with the default that `shown` says."""
    if shown is not None:
        help = f"{help}  [{_('default')}: {shown}]"
    return click.option(*names, cls=Option, help=help, section=section, **settings)


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


_CORPUS = _("Corpus")
_OTHER_NAMES = {name: alias for alias, name in ALIASES.items()}
_CLEANINGS = ", ".join(
    f"{name} ({_OTHER_NAMES[name]})" if name in _OTHER_NAMES else name for name in CLEANINGS
)
_DEFAULTS = CorpusOptions()

corpus_options = gathered(
    "corpus_settings",
    (
        option(
            "--clean",
            "cleaning",
            metavar="CLEANING",
            shell_complete=complete_cleaning,
            section=_CORPUS,
            shown=_DEFAULTS.cleaning,
            help=_("How the text is cleaned: {names}.").format(names=_CLEANINGS),
        ),
        option(
            "--tokenizer",
            type=click.Choice(TOKENIZERS),
            section=_CORPUS,
            shown=_DEFAULTS.tokenizer,
            help=_("What a token is: a code point, a word or a byte."),
        ),
        option(
            "--min-freq",
            type=int,
            metavar="COUNT",
            section=_CORPUS,
            shown=_DEFAULTS.min_freq,
            help=_("Tokens that occur fewer times in the training part become <unk>."),
        ),
        option(
            "--vocabulary",
            type=click.Choice(VOCABULARIES),
            section=_CORPUS,
            shown=_DEFAULTS.vocabulary,
            help=_("Open: <unk> is a member of the vocabulary. Closed: there is no <unk>."),
        ),
        option(
            "--held-out",
            type=float,
            metavar="SHARE",
            section=_CORPUS,
            shown=_DEFAULTS.held_out,
            help=_("Share of the tokens, at the end of the text, held out from training."),
        ),
        option(
            "--encoding",
            metavar="NAME",
            section=_CORPUS,
            shown="UTF-8, UTF-16 with mark, GB18030, " + _("tried in this order"),
            help=_("Encoding of the file, such as cp1252."),
        ),
        option(
            "--strip-gutenberg",
            is_flag=True,
            section=_CORPUS,
            help=_("Cut the header and licence of a Project Gutenberg file."),
        ),
        option(
            "--boundaries",
            type=click.Choice(BOUNDARIES),
            section=_CORPUS,
            shown=_DEFAULTS.boundaries,
            help=_("One stream, or each line a sentence <s> … </s> (n-gram models)."),
        ),
        option(
            "--text-order",
            type=click.Choice(TEXT_ORDERS),
            section=_CORPUS,
            shown=_DEFAULTS.text_order,
            help=_("How a model reads the tokens: as written, from the end, or in no order."),
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
            type=click.IntRange(min=1),
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
    help=_("Weights with the lowest held-out loss, or those after the last step."),
)

own_model_option = option(
    "--model",
    "own_model",
    metavar="FILE.py:CLASS",
    help=_("A run's network of your own, named again since loading its file runs it."),
)
"""`--model` of commands that load a run, received as `own_model`."""

_SAMPLING = _("Sampling")

sampling_options = gathered(
    "sampling",
    (
        option(
            "--temperature",
            type=float,
            metavar="T",
            section=_SAMPLING,
            shown=1.0,
            help=_("Divides the logits: below 1 bolder, 0 always the most probable token."),
        ),
        option(
            "--top-k",
            type=int,
            metavar="K",
            section=_SAMPLING,
            shown="0, " + _("all"),
            help=_("Only the K most probable tokens."),
        ),
        option(
            "--top-p",
            type=float,
            metavar="P",
            section=_SAMPLING,
            shown=1.0,
            help=_("Only the most probable tokens that together reach probability P."),
        ),
        option(
            "--seed",
            type=int,
            metavar="SEED",
            section=_SAMPLING,
            shown=0,
            help=_("The same seed writes the same text."),
        ),
    ),
)
"""`--temperature`, `--top-k`, `--top-p`, `--seed`, received as the dict `sampling`."""
