"""Drawing tokens: seeds, limits of temperature, top-k, top-p, and what is never written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtui.corpora.errors import InputError
from seqtui.engine.generation import (
    GenerationEnded,
    SamplingOptions,
    generate,
    next_distribution,
)
from seqtui.engine.ngrams.model import NgramModel
from seqtui.engine.ngrams.uniform import UniformModel

LAWS = st.lists(st.floats(0.001, 1), min_size=2, max_size=12).map(
    lambda weights: np.log(np.array(weights) / sum(weights))
)
NOTHING = np.zeros(0, dtype=np.int32)


def test_one_seed_writes_one_text() -> None:
    model = NgramModel.fit(np.array([0, 1, 2, 1, 0, 2, 2, 1], dtype=np.int32), 2, 3)

    def written(seed: int) -> list[int]:
        return [each.id for each in generate(model, NOTHING, 40, SamplingOptions(seed=seed))]

    assert written(0) == written(0)
    assert written(0) != written(1)


@given(LAWS)
def test_temperature_zero_and_a_tiny_one_take_the_likeliest(log_probs: np.ndarray) -> None:
    zero = next_distribution(log_probs, SamplingOptions(temperature=0))
    assert zero[int(np.argmax(log_probs))] == 1
    tiny = next_distribution(log_probs, SamplingOptions(temperature=1e-8))
    assert tiny[np.isclose(log_probs, log_probs.max(), atol=1e-6)].sum() == pytest.approx(1)


@given(LAWS)
def test_temperature_one_is_the_models_own_distribution(log_probs: np.ndarray) -> None:
    assert next_distribution(log_probs, SamplingOptions()) == pytest.approx(np.exp(log_probs))


def test_temperature_one_passes_a_chi_square_test() -> None:
    law = np.array([0.5, 0.25, 0.15, 0.07, 0.03])

    class Fixed(UniformModel):
        @property
        def log_probs(self) -> np.ndarray:
            return np.log(law)

    draws = [each.id for each in generate(Fixed(5), NOTHING, 20_000, SamplingOptions(seed=3))]
    observed = np.bincount(draws, minlength=5)
    expected = law * len(draws)
    # 18.47 is the 99.9th percentile of chi-square with four degrees of freedom.
    assert ((observed - expected) ** 2 / expected).sum() < 18.47


@given(LAWS, st.integers(1, 12), st.floats(0.05, 1))
def test_top_k_and_top_p_keep_the_likeliest_and_sum_to_one(
    log_probs: np.ndarray, top_k: int, top_p: float
) -> None:
    law = next_distribution(log_probs, SamplingOptions(top_k=top_k, top_p=top_p))
    assert law.sum() == pytest.approx(1)
    kept = law > 0
    assert 1 <= kept.sum() <= top_k
    if not kept.all():
        assert log_probs[kept].min() >= log_probs[~kept].max()


def test_top_p_keeps_the_fewest_that_hold_it() -> None:
    law = next_distribution(np.log([0.5, 0.3, 0.2]), SamplingOptions(top_p=0.79))
    assert law == pytest.approx([0.625, 0.375, 0])


@given(LAWS)
def test_banned_tokens_are_never_written(log_probs: np.ndarray) -> None:
    law = next_distribution(log_probs, SamplingOptions(), banned=[0])
    assert law[0] == 0
    assert law.sum() == pytest.approx(1)


def test_a_model_with_nothing_to_say_ends_the_text() -> None:
    model = NgramModel.fit(np.array([0, 1, 2], dtype=np.int32), 2, 3, "mle")
    text = generate(model, np.array([1], dtype=np.int32), 10, SamplingOptions())
    assert next(text).id == 2
    with pytest.raises(GenerationEnded):
        next(text)


def test_what_else_was_considered_is_reported() -> None:
    model = NgramModel.fit(np.array([0, 1, 0, 1, 0, 2], dtype=np.int32), 2, 3)
    first = next(generate(model, np.array([0], dtype=np.int32), 1, SamplingOptions(temperature=0)))
    assert first.id == 1
    assert first.rank == 1
    assert first.log_prob == pytest.approx(np.log(1 / 2))
    assert first.candidates[0] == (1, 1.0)


@pytest.mark.parametrize(
    ("option", "value"),
    [("temperature", -1), ("temperature", float("nan")), ("top_k", -1), ("top_p", 0), ("seed", -1)],
)
def test_bad_options_are_named(option: str, value: float) -> None:
    with pytest.raises(InputError, match="--" + option.replace("_", "-")):
        SamplingOptions(**{option: value})
