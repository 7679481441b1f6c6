"""What is typed: bytes of a terminal, options of commands, lines of prompts."""

from __future__ import annotations

import random
from typing import Any

import click
from fuzz.box import Box, Finding
from fuzz.mutations import NUMBERS, bytes_changed, texts_of
from fuzz.saved_runs import TEXT, RunFiles
from textual import events

from seqtui.engine.labs import hand_in
from seqtui.engine.labs.lab import LABS
from seqtui.engine.labs.settings import settings_of, with_text
from seqtui.tui.panes.generate.form import DEFAULTS, read_sampling
from seqtui.tui.panes.train.settings import SETTINGS, RunSettings
from seqtui.tui.terminal.typed import TypedInput
from seqtui.tui.widgets.prompt import LONGEST_REASON, Prompt

PASTE = b"\x1b[200~", b"\x1b[201~"
SEQUENCES = [
    b"q",
    "é中".encode(),
    b"\x1b[A",
    b"\x1bOP",
    b"\x1b[1;5C",
    b"\x1b[113;5u",
    b"\x1b[97;1:1u",
    b"\x1b[<0;3;4M",
    b"\x1b[<0;3;4m",
    b"\x1b[M !!",
    b"\x1b[48;24;80;480;640t",
    b"\x1b[?2026;1$y",
    b"\x1b]11;rgb:0/0/0\x1b\\",
    b"\x1bP>|x\x1b\\",
    b"\x1b",
    b"\x1bx",
    b"\xff",
]


class Typed:
    """Bytes of a terminal; a paste among them, cut at every position."""

    name = "typed"
    memory = False

    def prepare(self, box: Box) -> None:
        """Nothing."""

    def use(self, rng: random.Random, box: Box) -> None:
        """Feed them in pieces, with and without pauses."""
        noise = b"".join(rng.choice(SEQUENCES) for _ in range(rng.randrange(8)))
        if rng.random() < 0.7:
            noise = bytes_changed(rng, noise)
        box.put(box.work / "typed", noise)
        box.use("feed", lambda: self.fed(rng, noise))
        text = texts_of(rng) + rng.choice(["", "\x1b\x11q\x1b\x1by", "\x1b[201", "\x1b[A\r"])
        inner = text.encode("utf-8", "replace")[:400]
        box.put(box.work / "pasted", inner)
        box.use("paste", lambda: self.pasted(rng, inner))

    def fed(self, rng: random.Random, data: bytes) -> None:
        """Any bytes, in any pieces."""
        now = [0.0]
        typed = TypedInput(0.1, lambda: now[0])
        at = 0
        while at < len(data):
            size = rng.choice([1, 1, 2, 5, 100])
            typed.feed(data[at : at + size])
            at += size
            if rng.random() < 0.3:
                now[0] += rng.choice([0.05, 0.2, 10])
                typed.tick()
        now[0] += 100
        typed.tick()
        # Whatever came, an end mark and two keys later all is as it was.
        typed.feed(PASTE[1] + b"\x07\x1b\\")
        now[0] += 100
        typed.tick()
        typed.feed(b"\x1b[A")
        keys = typed.feed(b"q")
        if [each.key for each in keys if isinstance(each, events.Key)] != ["q"]:
            raise Finding(f"q is {keys}")

    def pasted(self, rng: random.Random, inner: bytes) -> None:
        """A paste is a paste wherever the line cuts it, and all of it."""
        inner = inner.replace(PASTE[1], b"")
        data = PASTE[0] + inner + PASTE[1] + b"q"
        wanted = [inner.decode("utf-8", "replace")] if inner else []
        for cut in range(1, len(data)):
            now = [0.0]
            typed = TypedInput(0.1, lambda now=now: now[0])  # type: ignore[misc]
            found = typed.feed(data[:cut])
            # A start mark that is cut right after its Esc may be the key; the rest may be late.
            if cut > 1:
                now[0] += rng.choice([0, 0, 1])
                found += typed.tick()
            found += typed.feed(data[cut:])
            pastes = [each.text for each in found if isinstance(each, events.Paste)]
            keys = [each.key for each in found if isinstance(each, events.Key)]
            if pastes != wanted or keys != ["q"]:
                raise Finding(f"cut at {cut}: {pastes} {keys}")


class Options(RunFiles):
    """Values of options and arguments, for every command that ends by itself."""

    memory = True
    commands = (
        *("train", "evaluate", "generate", "score", "ngrams", "corpus show", "corpus list"),
        *("runs list", "runs path", "runs rename", "runs export", "runs delete", "lab", "doctor"),
        *("new-model", "completion"),
    )
    dangerous = ("detach", "help", "compile", "device", "corpus")
    numbers = (
        *("0", "-1", "1", "2", "1e3", "1e308", "1e-320", "nan", "inf", "-inf", "1_0", "٣", "0x10"),
        *("9" * 30, "9" * 5000, "", " 3 ", "+3", "3.0", "-0", "1e999"),
    )

    def __init__(self) -> None:
        super().__init__("options", "run.json")

    def use(self, rng: random.Random, box: Box) -> None:
        """One command with a few odd values."""
        import shutil

        from seqtui.tui.cli.group import group

        for name in ("ngram", "gru"):
            shutil.copytree(box.seeds / "runs" / name, box.runs / name)
        words = rng.choice(self.commands).split()
        command: Any = group
        context = click.Context(group)
        for word in words:
            command = command.get_command(context, word)
            if command is None:
                raise Finding(f"no command {words}")
        arguments: list[str] = []
        for each in command.params:
            if isinstance(each, click.Argument):
                arguments += self.argument(rng, box, words)
        options = [
            each
            for each in command.params
            if isinstance(each, click.Option) and each.name not in self.dangerous
        ]
        for each in rng.sample(options, k=min(len(options), rng.choice([1, 1, 2, 3]))):
            if each.opts[0] in ("--run-dir", "--resume", "--output", "--save", "--arpa"):
                arguments += [each.opts[0], self.place(rng)]
            elif each.is_flag:
                arguments.append(each.opts[0])
            else:
                choices = list(getattr(each.type, "choices", ()))
                odd = rng.choice(self.numbers) if rng.random() < 0.7 else texts_of(rng)
                if choices and rng.random() < 0.7:
                    odd = str(rng.choice(choices))
                arguments += [each.opts[0], odd]
        if words == ["train"]:
            if rng.random() < 0.5:
                arguments += ["--hidden", "4", "--batch-size", "2", "--window", "5"]
            arguments += ["--steps", "2", "--device", "cpu", "--threads", "1"]
            if "--run-dir" not in arguments and "--resume" not in arguments:
                arguments += ["--run-dir", "new"]
        if words == ["runs", "delete"]:
            arguments.append("--yes")
        if words == ["generate"]:
            arguments += ["--tokens", "5"]
        if words == ["lab"]:
            arguments = self.lab(rng)
        box.put(box.work / "text.txt", TEXT.encode())
        box.command(*words, *arguments, stdin=b"the time\n")

    def argument(self, rng: random.Random, box: Box, words: list[str]) -> list[str]:
        """What stands where a name or a file is expected."""
        if rng.random() < 0.3:
            return [self.place(rng)]
        if words[0] in ("train", "ngrams", "corpus"):
            return ["text.txt"] if words[-1] != "list" else []
        if words == ["runs", "rename"]:
            return [rng.choice(["ngram", "gru", "new"])]
        if words == ["new-model"]:
            return ["mine.py"]
        return [rng.choice(["ngram", "gru"])]

    def place(self, rng: random.Random) -> str:
        """A name of a file or folder, in the working folder as far as it can exist."""
        text = texts_of(rng)
        return "x" if text.startswith(("/", "..", "~")) else text

    def lab(self, rng: random.Random) -> list[str]:
        """A laboratory with an odd setting, refused before it computes."""
        name = rng.choice(list(LABS))
        odd = rng.choice([texts_of(rng), "9" * 5000, "nan", "1e999", "=", "-1"])
        return [name, "text.txt", "--set", f"{rng.choice(['seed', 'order', texts_of(rng)])}={odd}"]


class Prompts:
    """Lines that are typed into a prompt, with what takes them afterwards."""

    name = "prompts"
    memory = False

    def prepare(self, box: Box) -> None:
        """Nothing."""

    def use(self, rng: random.Random, box: Box) -> None:
        """A value for each kind of prompt."""
        line = rng.choice([texts_of(rng), str(rng.choice(NUMBERS)), rng.choice(Options.numbers)])
        line = line[:5000]
        box.put(box.work / "typed", line.encode("utf-8", "surrogatepass"))
        settings = RunSettings()
        for _ in range(2):
            name = rng.choice(SETTINGS).name
            if self.refused(box, lambda name=name: settings.refusal(name, line)):  # type: ignore[misc]
                continue
            box.use(f"change {name}", lambda name=name: settings.change(name, line))  # type: ignore[misc]
            box.use("configuration", lambda: settings.configuration("text", None))
        name = rng.choice(sorted(DEFAULTS))
        self.refused(box, lambda: str(read_sampling({**DEFAULTS, name: line}) and "") or None)
        self.refused(box, lambda: str(hand_in.check_student(line) and "") or None)
        box.use("class", lambda: hand_in.hash_of_class(line))
        lab = LABS[rng.choice(list(LABS))].settings()
        each = rng.choice(sorted(settings_of(lab)))
        self.refused(box, lambda: str(with_text(lab, each, line) and "") or None)

    def refused(self, box: Box, validate: Any) -> bool:
        """Whether the prompt refuses, in a line that fits."""
        prompt = Prompt("label", validate=lambda value: validate())
        reason = box.use("refuse", lambda: prompt._reason("value"))
        if reason is not None and ("\n" in reason or len(reason) > 4 * LONGEST_REASON):
            raise Finding(f"a reason of {len(reason)} characters: {reason[:300]!r}")
        return reason is not None


TYPED_FORMATS = (Typed(), Options(), Prompts())
