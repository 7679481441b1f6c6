"""Texts, models of n-grams, settings and the small files: what a user hands to the program."""

from __future__ import annotations

import gzip
import json
import random

from fuzz.box import Box
from fuzz.mutations import bytes_changed, json_bytes, texts_of, value
from fuzz.saved_runs import TEXT

from seqtui.corpora.options import CLEANINGS, TOKENIZERS
from seqtui.engine.labs import hand_in
from seqtui.engine.labs.task import Judged
from seqtui.engine.labs.verify import verify
from seqtui.engine.settings.run_config import RunConfig
from seqtui.engine.settings.settings_file import read_settings
from seqtui.tui.preferences import Preferences

CHARACTER_SETS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "gb18030", "big5", "shift_jis"),
    *("euc_jp", "euc_kr", "iso2022_jp", "iso2022_kr", "cp1252", "latin-1", "cp1251", "koi8-r"),
    *("cp1253", "cp1255", "cp1256", "cp874", "utf-7", "hz"),
)
OTHER_CODECS = (
    *("cp037", "idna", "punycode", "rot13", "base64", "unicode_escape", "raw_unicode_escape"),
    *("undefined", "zlib", "nonsense", "\0", "utf-8\n", "x" * 3000),
)
LANGUAGES = (
    "the time traveller came back; “it's late”, he said\n",
    "时间旅行者回来了。他说：夜已经深了\n",
    "時間旅行者は夜に戻ってきた。ひらがなとカタカナ\n",
    "시간 여행자가 밤에 돌아왔다\n",
    "Путешественник во времени вернулся ночью\n",
    "ο ταξιδιώτης του χρόνου επέστρεψε\n",
    "naïve café été œuvre\n",
)


class TextFile:
    """A text in any encoding the reader knows, or in none."""

    name = "text"
    memory = False

    def prepare(self, box: Box) -> None:
        """Nothing."""

    def use(self, rng: random.Random, box: Box) -> None:
        """Show it, and count its n-grams."""
        path = box.work / rng.choice(["text.txt", "text.zip", "text.pdf", "text"])
        box.put_or_strange(path, lambda: self.made(rng))
        options: list[object] = ["--tokenizer", rng.choice(TOKENIZERS)]
        options += ["--clean", rng.choice(CLEANINGS), "--held-out", rng.choice([0, 0.1, 0.99])]
        if rng.random() < 0.4:
            options += ["--encoding", rng.choice([*CHARACTER_SETS, *OTHER_CODECS])]
        options += rng.choice([[], [], ["--boundaries", "line"], ["--strip-gutenberg"]])
        options += rng.choice([[], [], ["--min-freq", 2], ["--text-order", "shuffled"]])
        command = rng.choice(["corpus show", "corpus show", "ngrams", "ngrams --order 3"])
        command += rng.choice([" --json", ""])
        if rng.random() < 0.2:
            piped = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            box.command(*command.split(), "-", *options, stdin=piped)
        else:
            box.command(*command.split(), path, *options)

    def made(self, rng: random.Random) -> bytes:
        """The bytes of a text."""
        text = rng.choice(LANGUAGES) * rng.choice([1, 3, 40])
        kind = rng.randrange(8)
        if kind == 0:
            text = texts_of(rng) * rng.choice([1, 20])
        elif kind == 1:
            text = rng.choice(["\n", "\r\n", " ", "\0", "\x1b", "<s>", "</s>\n", "<unk> "]) * 50
        elif kind == 2:
            text = "*** START OF THE PROJECT GUTENBERG EBOOK\n" + text + texts_of(rng)
        try:
            data = text.encode(rng.choice(CHARACTER_SETS), rng.choice(["ignore", "replace"]))
        except ValueError:
            data = text.encode("utf-8", "surrogatepass")
        return bytes_changed(rng, data) if rng.random() < 0.5 else data


class Arpa:
    """An ARPA file, plain or gzipped."""

    memory = False

    def __init__(self, zipped: bool) -> None:
        self.name = "arpa.gz" if zipped else "arpa"
        self.zipped = zipped

    def prepare(self, box: Box) -> None:
        """Write two models."""
        corpus = box.seeds / "text.txt"
        corpus.write_text(TEXT)
        for name, options in {
            "char": "--order 2 --smoothing katz",
            "word": "--order 3 --tokenizer word --boundaries line",
        }.items():
            code = box.command(
                "ngrams", corpus, *options.split(), "--arpa", box.seeds / f"{name}.arpa"
            )
            assert code == 0

    def use(self, rng: random.Random, box: Box) -> None:
        """Evaluate, score and generate with it."""
        data = (box.seeds / rng.choice(["char.arpa", "word.arpa"])).read_bytes()
        path = box.work / ("model.arpa.gz" if self.zipped else "model.arpa")

        def made() -> bytes:
            changed = self.changed(rng, data)
            if self.zipped:
                changed = gzip.compress(changed, 1)
                if rng.random() < 0.3:
                    changed = bytes_changed(rng, changed)
            return changed

        box.put_or_strange(path, made)
        kind = rng.choice([[], ["--json"]])
        box.put(box.work / "text.txt", b"the time traveller came\nback again\n")
        use = rng.randrange(3)
        if use == 0:
            box.command("evaluate", path, "text.txt", *kind)
        elif use == 1:
            box.command("score", path, "the time", *kind)
        else:
            box.command("generate", path, "--tokens", 5, *kind)

    def changed(self, rng: random.Random, data: bytes) -> bytes:
        """A file with other numbers, tokens or lines."""
        if rng.random() < 0.2:
            return bytes_changed(rng, data)
        lines = data.split(b"\n")
        for _ in range(rng.choice([1, 1, 2, 8])):
            at = rng.randrange(len(lines))
            fields = lines[at].split(b"\t")
            kind = rng.randrange(7)
            if kind == 0:
                del lines[at]
            elif kind == 1:
                lines.insert(rng.randrange(len(lines)), lines[at])
            elif kind == 2:
                lines[at] = bytes_changed(rng, lines[at])
            elif kind == 3:
                lines[at] = texts_of(rng).encode("utf-8", "surrogatepass")
            else:
                place = rng.randrange(len(fields))
                odd = [b"nan", b"-inf", b"inf", b"-1e308", b"-0", b"1e-320", b"5", b"-99", b"0x1"]
                odd += [b"<s>", b"</s>", b"<unk>", b"<0xD800>", b"<0x0A>", b"\xff", b"1_0", b"-400"]
                fields[place] = rng.choice(odd)
                lines[at] = b"\t".join(fields)
        return b"\n".join(lines)


class SettingsFile:
    """Settings for `train --config`, TOML or JSON."""

    memory = False

    def __init__(self, kind: str) -> None:
        self.name = f"settings.{kind}"
        self.kind = kind

    def prepare(self, box: Box) -> None:
        """A text to train on."""
        (box.seeds / "text.txt").write_text(TEXT)

    def use(self, rng: random.Random, box: Box) -> None:
        """Read it, make a configuration of it, train with it."""
        path = box.work / f"settings.{self.kind}"
        box.put_or_strange(path, lambda: self.made(rng, box))

        def configured() -> None:
            found = read_settings(path)
            RunConfig(corpus="", **found.run)

        box.use("configure", configured)
        fixed = ("--model", "ngram", "--order", 2, "--smoothing", "add-k", "--k", 1)
        box.command(
            "train", box.seeds / "text.txt", "--config", path, *fixed, "--run-dir", box.work / "new"
        )

    def made(self, rng: random.Random, box: Box) -> bytes:
        """A file of settings."""
        config = RunConfig(corpus="text.txt", model=rng.choice(["gru", "ngram", "transformer"]))
        data = config.to_json()
        if self.kind == "json":
            return json_bytes(rng, {"config": data} if rng.random() < 0.3 else data)
        flat = {**data, **data.pop("corpus_options")}
        flat = {name: each for name, each in flat.items() if each is not None}
        flat = {name: flat[name] for name in rng.sample(sorted(flat), k=4)}
        for name in [*flat]:
            if rng.random() < 0.5:
                flat[name] = value(rng)
        lines = [f"{name} = {_toml(each)}" for name, each in flat.items()]
        made = "\n".join(lines).encode("utf-8", "surrogatepass")
        if rng.random() < 0.1:
            made += b"\na = " + b"[" * rng.choice([10, 5000, 200_000])
        return bytes_changed(rng, made) if rng.random() < 0.3 else made


def _toml(data: object) -> str:
    if isinstance(data, float):
        return repr(data)
    if isinstance(data, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(_toml, data)) + "]"
    return json.dumps(data)


class PreferencesFile:
    """preferences.json."""

    name = "preferences.json"
    memory = False

    def prepare(self, box: Box) -> None:
        """Nothing."""

    def use(self, rng: random.Random, box: Box) -> None:
        """Start with it and change it."""
        box.use("write", lambda: Preferences().remember_theme("textual-light"))
        path = next(box.home.rglob("preferences.json"))
        data = json.loads(path.read_bytes())
        box.put_or_strange(path, lambda: json_bytes(rng, {**data, "lab": "gradients"}))

        def changed() -> None:
            read = Preferences()
            assert isinstance(read.theme + read.lab, str)
            if not path.is_symlink():  # a link of the user's own is meant to be followed
                read.remember_lab("estimators")
                read.remember_theme("textual-dark")
                assert path.is_dir() or not path.is_file() or Preferences().lab == "estimators"

        box.use("change", changed)


class HandedIn:
    """A file that a student hands in."""

    name = "hand-in"
    memory = False

    def prepare(self, box: Box) -> None:
        """Nothing."""

    def use(self, rng: random.Random, box: Box) -> None:
        """Read it as a teacher, and take it up as the student."""
        folder = box.work / "handed in"
        made = hand_in.start_hand_in(folder, "z123", "word", "0.2")
        made.predict("gradients", 2)
        made.answer("gradients.1", 8, "1.5", Judged(True), hint=False)
        made.answer("chain-rule.1", 8, "x", Judged(False), hint=True)
        path = folder / f"z123{hand_in.SUFFIX}"
        data = json.loads(path.read_bytes())
        box.put_or_strange(path, lambda: json_bytes(rng, data))

        def read() -> None:
            found = hand_in.read_hand_in(path)
            _ = (
                found.broken,
                found.hand_in.tries("chain-rule.1"),
                found.hand_in.predicted("gradients"),
            )

        def taken_up() -> None:
            again = hand_in.start_hand_in(folder, "z123", "word", "0.2")
            again.predict("estimators", 1)
            again.answer("chain-rule.1", 8, texts_of(rng), Judged(False), hint=True)
            assert hand_in.read_hand_in(path).hand_in.tries("chain-rule.1") >= 1

        def checked() -> None:
            for each in verify([path], "word", "0.2", oral=2, seconds=1):
                _ = each.refusal, each.student, each.tasks
            verify([path], "word", "0.2", anonymous=True)

        box.use("read", read)
        box.use("check", checked)
        box.use("take up", taken_up)


TEXT_FORMATS = (
    TextFile(),
    Arpa(False),
    Arpa(True),
    SettingsFile("toml"),
    SettingsFile("json"),
    PreferencesFile(),
    HandedIn(),
)
