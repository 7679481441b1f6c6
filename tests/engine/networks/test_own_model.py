from __future__ import annotations

import dataclasses
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from small_runs import Listener, small_config, small_corpus

from seqtui.corpora.errors import InputError
from seqtui.engine.launch import launch
from seqtui.engine.networks import new_model
from seqtui.engine.networks.own_model import load
from seqtui.engine.networks.own_model_checks import check_own_model
from seqtui.engine.runs.control import Control
from seqtui.engine.runs.events import Evaluated
from seqtui.engine.runs.folder import OWN_SOURCE
from seqtui.engine.runs.loading import load_model
from seqtui.engine.runs.request import RunRequest
from seqtui.engine.runs.run import Run, open_run
from seqtui.engine.settings.run_config import OWN_MODEL, RunConfig

CORPUS = small_corpus()
HEAD = "import torch\nfrom torch import nn\n"
GOOD = Path(new_model.__file__).read_text(encoding="utf-8")


def write(folder: Path, source: str, name: str = "mine.py") -> Path:
    path = folder / name
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    return path


def checked(folder: Path, source: str, spec: str = ":MyModel", **changes: Any) -> None:
    """Write the source, load it as `mine.py` + spec, check it for ten types."""
    named = f"{write(folder, source)}{spec}"
    hidden = 8 if "hidden" in source else RunConfig("").hidden
    check_own_model(load(named), small_config(model=named, hidden=hidden, **changes), 10)


def network(forward: str, init: str = "", start: str = "state") -> str:
    """A file with a GRU in which `forward` and `init` are other than they should be."""
    return HEAD + textwrap.dedent(
        f"""
        class MyModel(nn.Module):
            def __init__(self, vocabulary_size, hidden=8):
                super().__init__()
                self.size = vocabulary_size
                self.embedding = nn.Embedding(vocabulary_size, hidden)
                self.layers = nn.GRU(hidden, hidden, batch_first=True)
                self.head = nn.Linear(hidden, vocabulary_size)
                {init or "pass"}

            def forward(self, ids, state=None):
                X = self.embedding(ids)
                H, state = self.layers(X, {start})
                {forward}
        """
    )


PLAIN = "return self.head(H), state"

FAULTS = {
    "logits of another shape": (network("return self.head(H)[:, -1], state"), "[batch, steps"),
    "a softmax of too many types": (
        network(PLAIN, "self.head = nn.Linear(hidden, vocabulary_size + 1)"),
        "returns logits [3, 12, 11]",
    ),
    "no state": (network("return self.head(H)"), "return logits, state"),
    "a state in a list": (network("return self.head(H), [state]"), "a list of 1 for the state"),
    "whole numbers": (network("return self.head(H).long(), state"), "torch.int64"),
    "not finite": (network("return torch.log(self.head(H) * 0 - 1), state"), "not finite"),
    "an unused layer": (
        network(PLAIN, "self.spare = nn.Linear(hidden, 3)"),
        "no gradient reaches spare.weight",
    ),
    "a detached layer": (network("return self.head(H.detach()), state"), "embedding.weight"),
    "all detached": (network("return self.head(H).detach(), state"), "carry no gradient"),
    "a rounded layer": (
        network("return self.head(torch.round(H)), state"),
        "gradient of embedding.weight is zero",
    ),
    "dropout in evaluation": (
        network("return nn.functional.dropout(self.head(H), 0.5), state"),
        "self.training",
    ),
    "steps taken for the batch": (
        network(PLAIN, "self.layers = nn.GRU(hidden, hidden)", start="None"),
        "batch_first=True",
    ),
    "reads both ways": (
        network(
            "return self.head(H + H.flip(1).cumsum(1).flip(1)), state",
        ),
        "looks into the future: other ids from step 6 on",
    ),
    "forgets the state": (network(PLAIN, start="None"), "start from the state that is given"),
    "one length only": (
        network(PLAIN).replace("(ids)", "(ids).reshape(3, 12, -1)"),
        "line 14: forward(ids of [1, 12], None) fails: RuntimeError",
    ),
    "a row too few": (
        network(PLAIN, "self.embedding = nn.Embedding(vocabulary_size - 1, hidden)"),
        "line 14: forward(ids of [3, 12], None) fails: IndexError",
    ),
    "places for a window only": (
        network(PLAIN, "self.places = nn.Embedding(100, hidden)").replace(
            "X = self.embedding(ids)",
            "X = self.embedding(ids) + self.places(torch.arange(ids.shape[1]))",
        ),
        "line 14: forward(ids of [1, 1000], None) fails: IndexError",
    ),
    "no forward": (
        HEAD + "class MyModel(nn.Module):\n    def __init__(self, size):\n"
        "        super().__init__()\n        self.head = nn.Linear(size, size)\n",
        'missing the required "forward"',
    ),
    "no parameters": (
        HEAD + "class MyModel(nn.Module):\n    def __init__(self, size):\n"
        "        super().__init__()\n        self.layers = [nn.Linear(size, size)]\n",
        "no trainable parameters",
    ),
    "a constructor that fails": (
        HEAD + "class MyModel(nn.Module):\n    def __init__(self, size):\n        1 / 0\n",
        "line 5: MyModel(10) fails: ZeroDivisionError",
    ),
    "no parameter for |V|": (
        HEAD + "class MyModel(nn.Module):\n    def __init__(self):\n        super().__init__()\n",
        "MyModel(10) fails: TypeError",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_reported_in_one_line_with_what_is_expected(tmp_path: Path, fault: str) -> None:
    source, expected = FAULTS[fault]
    with pytest.raises(InputError) as error:
        checked(tmp_path, source)
    assert expected in str(error.value)
    assert "\n" not in str(error.value)
    assert "mine.py" in str(error.value)


@pytest.mark.parametrize(
    ("source", "spec", "expected"),
    [
        ("import nothing_of_that_name", ":MyModel", "line 1: cannot be imported: ModuleNotFound"),
        ("x = 1\n\ny = x / 0", ":MyModel", "line 3: cannot be imported: ZeroDivisionError"),
        ("x = 1\nclass (", ":MyModel", "line 2: is not Python: SyntaxError"),
        ("import sys\nsys.exit(3)", ":MyModel", "line 2: cannot be imported: SystemExit: 3"),
        ("x = '\0'", ":MyModel", "null byte"),
        (HEAD + "class A(nn.Module): pass", ":MyModel", "no class MyModel; its classes of nn.Mod"),
        (HEAD + "class MyModel: pass", ":MyModel", "no class of nn.Module"),
        (HEAD + "def MyModel(size): pass", ":MyModel", "no class of nn.Module"),
        (HEAD + "class A(nn.Module): pass\nclass B(nn.Module): pass", "", "2 classes"),
        ("x = 1", "", "0 classes"),
    ],
)
def test_a_file_that_is_invalid(tmp_path: Path, source: str, spec: str, expected: str) -> None:
    with pytest.raises(InputError) as error:
        load(f"{write(tmp_path, source)}{spec}")
    assert expected in str(error.value)
    assert str(tmp_path / "mine.py") in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no file .*none\.py; `seqtui new-model"):
        load(f"{tmp_path / 'none.py'}:MyModel")
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(InputError, match="is a directory"):
        load(f"{tmp_path / 'folder.py'}:MyModel")


GOOD_ONES = {
    "the starting point": GOOD,
    "a head that starts at zero": network(PLAIN, "nn.init.zeros_(self.head.weight)"),
    "a frozen layer": network(PLAIN, "self.embedding.weight.requires_grad_(False)"),
    "no memory": HEAD
    + "class MyModel(nn.Module):\n    def __init__(self, size):\n        super().__init__()\n"
    "        self.table = nn.Embedding(size, size)\n"
    "    def forward(self, ids, state):\n        return self.table(ids), None\n",
    "two tensors for a state": network(
        PLAIN, "self.layers = nn.LSTM(hidden, hidden, 2, batch_first=True)"
    ),
    "tied weights": network(PLAIN, "self.head.weight = self.embedding.weight"),
}


@pytest.mark.parametrize("name", GOOD_ONES)
def test_what_does_it_right_passes_and_trains_lower(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, GOOD_ONES[name])
    listener = Listener()
    hidden = 8 if "hidden" in GOOD_ONES[name] else RunConfig("").hidden
    config = small_config(model=f"{path}:MyModel", steps=30, hidden=hidden)
    document = launch(
        RunRequest(config, CORPUS, folder=tmp_path / "run", named_model=config.model),
        listener,
        Control(),
    )
    assert document["status"] == "done"
    losses = [each.evaluation.loss for each in listener.of(Evaluated)]
    assert losses[-1] < losses[0]


def test_checking_draws_nothing_from_the_run(tmp_path: Path) -> None:
    before = torch.get_rng_state()
    checked(tmp_path, GOOD)
    assert torch.equal(before, torch.get_rng_state())


def test_what_the_file_prints_stays_off_stdout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "        print('forward', ids.shape)\n        X = self"
    checked(tmp_path, GOOD.replace("        X = self", said) + "print('loaded')\n")
    assert capsys.readouterr().out == ""


def test_the_class_may_be_left_out_where_there_is_one(tmp_path: Path) -> None:
    own = load(str(write(tmp_path, GOOD)))
    assert own.spec == f"{tmp_path / 'mine.py'}:MyModel"


def test_an_edited_file_is_loaded_anew(tmp_path: Path) -> None:
    named = f"{write(tmp_path, GOOD)}:MyModel"
    first = load(named)
    write(tmp_path, GOOD.replace("hidden: int = 256", "hidden: int = 7"))
    second = load(named)
    assert first.fingerprint != second.fingerprint
    assert second.network(5).head.weight.shape == (5, 7)  # type: ignore[union-attr]
    assert not list(tmp_path.glob("__pycache__"))


def test_a_dataclass_in_the_file_finds_its_module(tmp_path: Path) -> None:
    source = (
        "from __future__ import annotations\nimport dataclasses\n"
        "@dataclasses.dataclass\nclass Sizes:\n    inner: int = 3\n"
        + GOOD.replace("from __future__ import annotations\n", "")
    )
    checked(tmp_path, source)


def test_a_setting_that_was_not_given_leaves_the_constructor_its_default(tmp_path: Path) -> None:
    source = GOOD.replace("hidden: int = 256", "hidden: int = 256, embedding: int = 3")
    source = source.replace("Embedding(vocabulary_size, hidden)", "Embedding(9, embedding)")
    named = str(write(tmp_path, source))
    own = load(named)
    for given, size in ((None, 3), (5, 5)):
        module = own.build(small_config(model=named, embedding=given), 7)
        assert module.embedding.embedding_dim == size  # type: ignore[union-attr]


def test_a_class_may_have_another_name_in_the_file(tmp_path: Path) -> None:
    own = load(f"{write(tmp_path, GOOD + 'Best = MyModel')}:Best")
    assert own.spec.endswith("mine.py:Best")
    assert load(own.spec).fingerprint == own.fingerprint


def test_settings_reach_the_constructor_that_takes_them(tmp_path: Path) -> None:
    named = f"{write(tmp_path, GOOD)}:MyModel"
    own = load(named)
    assert own.build(small_config(model=named, hidden=5), 7).head.in_features == 5  # type: ignore[union-attr]
    for changes, expected in (
        ({"layers": 2}, "--layers 2: MyModel.__init__ has no parameter layers"),
        ({"dropout": 0.1}, "--dropout 0.1"),
        ({"embedding": 4}, "--embedding 4"),
    ):
        with pytest.raises(InputError, match=expected.replace(".", r"\.")):
            own.build(small_config(model=named, **changes), 7)


# A run of one's own network.


def trained(tmp_path: Path, **changes: Any) -> tuple[RunConfig, Run, Path]:
    path = write(tmp_path, GOOD)
    config = small_config(model=f"{path}:MyModel", hidden=8, **changes)
    launch(
        RunRequest(config, CORPUS, folder=tmp_path / "run", named_model=config.model),
        Listener(),
        Control(),
    )
    return config, open_run(tmp_path / "run"), path


def test_a_run_is_no_leave_to_run_its_file(tmp_path: Path) -> None:
    config, run, path = trained(tmp_path)
    write(tmp_path, "raise SystemError('this file was run')")
    before = set(sys.modules)
    with pytest.raises(InputError, match=r"only if you name it: --model .*mine\.py:MyModel"):
        load_model(run)
    with pytest.raises(InputError, match="only if you name it"):
        launch(RunRequest(run.continued(steps=30), CORPUS, resume=run.path), Listener(), Control())
    with pytest.raises(InputError, match="add --model"):
        launch(RunRequest(config, CORPUS, folder=tmp_path / "other"), Listener(), Control())
    assert not (tmp_path / "other").exists()
    assert not any("own_model_" in name for name in set(sys.modules) - before)
    with pytest.raises(InputError, match="this file was run"):
        load_model(run, named_model=f"{path}:MyModel")
    path.unlink()
    with pytest.raises(InputError, match=r"run/model\.py:MyModel$"):
        load_model(run)


def test_it_is_loaded_when_it_is_named(tmp_path: Path) -> None:
    _, run, path = trained(tmp_path)
    assert run.config.model == f"{path}:MyModel"
    model = load_model(run, named_model=str(path))
    ids = CORPUS.split.held_out.ids
    nll = -sum(float(np.sum(piece)) for piece in model.score(ids))
    assert run.document is not None
    assert nll / (len(ids) - 1) == pytest.approx(run.document["held_out"]["loss"], abs=1e-6)


def test_a_changed_file_is_refused_and_the_copy_in_the_run_continues(tmp_path: Path) -> None:
    _, run, path = trained(tmp_path)
    write(tmp_path, GOOD + "# changed\n")
    with pytest.raises(InputError) as error:
        load_model(run, named_model=str(path))
    copy = f"{run.path / OWN_SOURCE}:MyModel"
    assert str(error.value).endswith(f"--model {copy}")
    load_model(run, named_model=copy)
    config = run.continued(steps=30, model=copy)
    document = launch(
        RunRequest(config, CORPUS, resume=run.path, named_model=copy), Listener(), Control()
    )
    assert document["steps"] == 30
    assert open_run(run.path).config.model == copy


def test_another_class_of_the_file_is_refused(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    _, run, path = trained(tmp_path)
    with pytest.raises(InputError, match="was trained with class MyModel"):
        load_model(run, named_model=f"{write(tmp_path, HEAD + 'class Two(nn.Module): pass')}:Two")
    assert path.exists()


def test_a_run_of_another_model_takes_no_file(tmp_path: Path) -> None:
    launch(RunRequest(small_config(), CORPUS, folder=tmp_path / "run"), Listener(), Control())
    with pytest.raises(InputError, match="has gru"):
        load_model(open_run(tmp_path / "run"), named_model="mine.py:MyModel")


def test_resuming_is_exact(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD_ONES["two tensors for a state"])
    named = f"{path}:MyModel"
    whole, first, second = Listener(), Listener(), Listener()
    config = small_config(model=named, hidden=8, steps=20)
    launch(
        RunRequest(config, CORPUS, folder=tmp_path / "whole", named_model=named), whole, Control()
    )
    short = dataclasses.replace(config, steps=9)
    launch(RunRequest(short, CORPUS, folder=tmp_path / "run", named_model=named), first, Control())
    run = open_run(tmp_path / "run")
    launch(
        RunRequest(run.continued(steps=20), CORPUS, resume=run.path, named_model=named),
        second,
        Control(),
    )
    one = load_model(open_run(tmp_path / "whole"), "last", named_model=named)
    other = load_model(open_run(tmp_path / "run"), "last", named_model=named)
    ids = CORPUS.split.held_out.ids
    for ours, theirs in zip(one.score(ids), other.score(ids), strict=True):
        assert (ours == theirs).all()


BUFFERS = {
    "a normalisation of batches": (
        "return self.head(self.norm(H.transpose(1, 2)).transpose(1, 2)), state",
        "self.norm = nn.BatchNorm1d(hidden)",
    ),
    "a counter of what was read": (
        "self.reads += float(self.training); return self.head(H) * (1 + self.reads / 1e3), state",
        "self.register_buffer('reads', torch.zeros(()))",
    ),
    "a mask": (
        "return self.head(H) + self.mask.exp().sum(), state",
        "self.register_buffer('mask', torch.full((2, 2), -torch.inf))",
    ),
}


@pytest.mark.parametrize("name", BUFFERS)
def test_what_a_network_keeps_beside_its_weights_is_resumed_exactly(
    tmp_path: Path, name: str
) -> None:
    named = str(write(tmp_path, network(*BUFFERS[name])))
    config = small_config(model=named)
    whole = Listener()
    request = RunRequest(config, CORPUS, folder=tmp_path / "whole", named_model=named)
    document = launch(request, whole, Control())
    request = RunRequest(
        dataclasses.replace(config, steps=7), CORPUS, folder=tmp_path / "run", named_model=named
    )
    launch(request, Listener(), Control())
    run = open_run(tmp_path / "run")
    for steps in (13, 20):
        request = RunRequest(run.continued(steps=steps), CORPUS, resume=run.path, named_model=named)
        again = launch(request, Listener(), Control())
    assert (again["train"], again["held_out"]) == (document["train"], document["held_out"])
    one, other = (load_file(tmp_path / each / "last.safetensors") for each in ("whole", "run"))
    for tensor in one:
        if tensor.startswith("model."):
            assert torch.equal(one[tensor], other[tensor]), tensor


def test_the_name_of_a_file_is_a_model_and_no_other_path_is() -> None:
    config = RunConfig("book", model="some folder/mine.py:MyModel")
    assert config.kind == OWN_MODEL
    assert config.model_name == "mine.py:MyModel"
    assert RunConfig("book", model="mine.py").kind == OWN_MODEL
    for name in ("mine", "mine.py:", "mine.py:a b", "mine.txt:A", "a\x1b[2J.py:A", ":A", ".py:A\n"):
        with pytest.raises(InputError, match=r"FILE\.py:CLASS"):
            RunConfig("book", model=name)
