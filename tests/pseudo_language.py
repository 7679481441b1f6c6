"""An invented language, made of every sentence of the source: what stays English shows.

Each letter has an accent, the whole is a third longer and ends in characters of two cells. The
sentences are read from the source, where these calls hold them as literals:

    _("…")  N_("…")  InputError("…")  UserMessage("…")  and what else `KEYWORDS` names
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

ROOT = Path(__file__).resolve().parents[1]
LANGUAGE = "xx"

KEYWORDS: dict[str, tuple[str, ...]] = {
    "_": ("text",),
    "N_": ("text",),
    "pgettext": ("context", "text"),
    "NP_": ("context", "text"),
    "ngettext": ("text", "plural"),
    "plural_message": ("text", "plural"),
    "UserMessage": ("text",),
    "UserError": ("text",),
    "InputError": ("text",),
}
"""Calls whose first arguments are sentences; subclasses of UserError are added."""
PLACES = re.compile(r"\{[^{}]*\}|%\(\w+\)s|%s|\{\{|\}\}")

_PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ACCENTED = "áƀćđéƒǵħíĵķłɱńóṕɋřśťúṽŵẋýźÁƁĆĐÉƑǴĦÍĴĶŁṀŃÓṔɊŘŚŤÚṼŴẊÝŹ"
_ACCENTS = str.maketrans(_PLAIN, _ACCENTED)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the source."""

    text: str
    plural: str | None
    context: str | None
    place: str
    """File and line."""


def source_files() -> list[Path]:
    """Every module of the three packages."""
    return sorted(
        path for folder in ("corpora", "engine", "tui") for path in (ROOT / folder).rglob("*.py")
    )


def calls(tree: ast.AST, names: set[str]) -> Iterator[tuple[str, ast.Call]]:
    """The calls of functions and classes by their names, with or without a module before it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            name = getattr(function, "id", None) or getattr(function, "attr", None)
            if name in names:
                yield str(name), node


def user_errors() -> set[str]:
    """Names of the classes that derive from UserError, at any distance."""
    bases: dict[str, set[str]] = {}
    for path in source_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {getattr(base, "id", "") for base in node.bases}
    found = {"UserError"}
    while more := {name for name, over in bases.items() if over & found} - found:
        found |= more
    return found


def keywords() -> dict[str, tuple[str, ...]]:
    """`KEYWORDS`, with every error that is shown to people."""
    return {**dict.fromkeys(user_errors(), ("text",)), **KEYWORDS}


def sentences() -> list[Sentence]:
    """Every sentence of the source."""
    found = []
    wanted = keywords()
    for path in source_files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name, call in calls(tree, set(wanted)):
            arguments = [
                each.value if isinstance(each, ast.Constant) else None for each in call.args
            ]
            parts = dict(zip(wanted[name], arguments, strict=False))
            if isinstance(parts.get("text"), str) and parts["text"]:
                place = f"{path.relative_to(ROOT)}:{call.lineno}"
                found.append(
                    Sentence(parts["text"], parts.get("plural"), parts.get("context"), place)
                )
    return found


def pseudo(text: str) -> str:
    """A sentence in that language, its places and line ends as they were."""
    pieces, at = [], 0
    for place in PLACES.finditer(text):
        pieces += [text[at : place.start()].translate(_ACCENTS), place.group()]
        at = place.end()
    pieces.append(text[at:].translate(_ACCENTS))
    whole = "".join(pieces)
    letters = sum(character.isalpha() for character in PLACES.sub("", text))
    end = len(whole.rstrip())
    return whole[:end] + "文" * round(letters / 6) + whole[end:]


def write_catalogue(folder: Path) -> None:
    """Write the catalogue below a folder, as gettext looks for it."""
    catalogue = Catalog(locale="en")
    for each in sentences():
        if each.plural is None:
            catalogue.add(each.text, pseudo(each.text), context=each.context)
        else:
            catalogue.add((each.text, each.plural), (pseudo(each.text), pseudo(each.plural)))
    target = folder / LANGUAGE / "LC_MESSAGES" / "seqtui.mo"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        write_mo(file, catalogue)


def plain_words(screen: str, names: set[str]) -> list[str]:
    """Words of three and more plain letters that are no names, with the line they are in."""
    return [
        f"{word!r} in {line.strip()!r}"
        for line in screen.splitlines()
        for word in re.findall(r"(?<![^\W\d_])[A-Za-z]{3,}(?![^\W\d_])", line)
        if word not in names
    ]
