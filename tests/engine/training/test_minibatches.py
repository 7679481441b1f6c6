from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_runs import small_config

from seqtui.corpora.errors import InputError
from seqtui.engine.training.minibatches import (
    Batch,
    batches_in,
    check_length,
    endless_windows,
    random_windows,
    sequential_windows,
)

SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 7), st.integers(0, 60), st.integers(0, 9))


def ids_of(length: int) -> np.ndarray:
    return np.arange(length, dtype=np.int32)


def cut(sampler: object, shape: tuple[int, int, int, int]) -> list[Batch]:
    batch_size, window, extra, seed = shape
    ids = ids_of(batch_size * window + 1 + extra)
    return list(sampler(ids, batch_size, window, np.random.default_rng(seed)))  # type: ignore[operator]


@pytest.mark.parametrize("sampler", [sequential_windows, random_windows])
@given(shape=SHAPES)
def test_targets_are_the_next_ids_and_no_id_is_used_twice(
    sampler: object, shape: tuple[int, int, int, int]
) -> None:
    batches = cut(sampler, shape)
    assert batches
    for batch in batches:
        assert batch.inputs.shape == batch.targets.shape == shape[:2]
        assert (batch.targets == batch.inputs + 1).all()
        assert (np.diff(batch.inputs, axis=1) == 1).all()
    used = np.concatenate([batch.inputs.ravel() for batch in batches])
    assert len(np.unique(used)) == len(used)
    assert [batch.index for batch in batches] == list(range(batches[0].batches))


@given(shape=SHAPES)
def test_sequential_batches_continue_one_another(shape: tuple[int, int, int, int]) -> None:
    batches = cut(sequential_windows, shape)
    for one, other in pairwise(batches):
        assert (other.inputs[:, 0] == one.inputs[:, -1] + 1).all()
    assert [batch.starts_sequence for batch in batches] == [True] + [False] * (len(batches) - 1)


@given(shape=SHAPES)
def test_random_batches_never_carry_a_state(shape: tuple[int, int, int, int]) -> None:
    assert all(batch.starts_sequence for batch in cut(random_windows, shape))


@pytest.mark.parametrize("sampler", [sequential_windows, random_windows])
def test_thirty_five_tokens_two_rows_of_five_steps_make_three_batches(sampler: object) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        assert len(list(sampler(ids_of(35), 2, 5, rng))) == 3  # type: ignore[operator]


@pytest.mark.parametrize("sampler", [sequential_windows, random_windows])
def test_all_offsets_below_the_window_occur_and_the_last_token_is_reached(sampler: object) -> None:
    offsets, last = set(), 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        batches = list(sampler(ids_of(36), 1, 5, rng))  # type: ignore[operator]
        offsets.add(min(int(batch.inputs.min()) for batch in batches))
        last = max(last, max(int(batch.targets.max()) for batch in batches))
    assert offsets == {0, 1, 2, 3, 4}
    assert last == 35


def targets_at_all_offsets(sampler: object, tokens: int, batch_size: int, window: int) -> set[int]:
    """Positions that are a target in one of many epochs."""
    found: set[int] = set()
    for seed in range(40 * window):
        rng = np.random.default_rng(seed)
        for batch in sampler(ids_of(tokens), batch_size, window, rng):  # type: ignore[operator]
            found.update(batch.targets.ravel().tolist())
    return found


@pytest.mark.parametrize(
    ("tokens", "batch_size", "window"),
    [(100, 2, 5), (36, 1, 5), (11, 2, 5), (13, 2, 5), (57, 4, 3)],
)
def test_random_windows_reach_every_token(tokens: int, batch_size: int, window: int) -> None:
    found = targets_at_all_offsets(random_windows, tokens, batch_size, window)
    assert found == set(range(1, tokens))


def test_sequential_windows_leave_out_what_is_left_of_the_rows_and_of_the_text() -> None:
    assert set(range(1, 100)) - targets_at_all_offsets(sequential_windows, 100, 2, 5) == {
        97,
        98,
        99,
    }


@given(shape=SHAPES)
def test_an_epoch_leaves_out_less_than_a_window_a_row_and_a_token_a_row(
    shape: tuple[int, int, int, int],
) -> None:
    batch_size, window, extra, _seed = shape
    predicted = batch_size * window + extra
    for sampler, most in (
        (sequential_windows, (window - 1) + batch_size * (window - 1) + batch_size - 1),
        (random_windows, (window - 1) + batch_size * window - 1),
    ):
        used = sum(batch.targets.size for batch in cut(sampler, shape))
        assert 0 <= predicted - used <= most


@pytest.mark.parametrize("sampling", ["sequential", "random"])
def test_a_position_in_the_data_is_enough_to_go_on(sampling: str) -> None:
    config = small_config(sampling=sampling, seed=3)
    ids = ids_of(500)
    whole = list(islice(endless_windows(ids, config, 0, 0), 40))
    for index in (0, 5, 11, 12, 13, 30):
        at = whole[index]
        again = next(endless_windows(ids, config, at.epoch, at.index))
        assert (again.inputs == whole[index].inputs).all()
        assert (again.epoch, again.index, again.starts_sequence) == (
            at.epoch,
            at.index,
            at.starts_sequence,
        )
    end = next(endless_windows(ids, config, 0, whole[0].batches))
    assert (end.epoch, end.index) == (1, 0)


@pytest.mark.parametrize("sampling", ["sequential", "random"])
@given(tokens=st.integers(41, 400), seed=st.integers(0, 5))
def test_the_length_of_epochs_is_known_beforehand(sampling: str, tokens: int, seed: int) -> None:
    config = small_config(sampling=sampling, seed=seed)
    batches = list(islice(endless_windows(ids_of(tokens), config, 0, 0), 120))
    counted = sum(batch.epoch < 2 for batch in batches)
    assert batches_in(tokens, config, 2) == counted


def test_windows_and_their_order_follow_from_the_seed() -> None:
    def first(seed: int) -> np.ndarray:
        config = small_config(sampling="random", seed=seed)
        return next(endless_windows(ids_of(500), config, 0, 0)).inputs

    assert (first(1) == first(1)).all()
    assert (first(1) != first(2)).any()


def test_a_text_too_short_for_one_batch_is_refused_with_the_numbers() -> None:
    check_length(ids_of(41), small_config())
    with pytest.raises(InputError, match=r"--batch-size 4 --window 10: .* 41 .* 40; lower"):
        check_length(ids_of(40), small_config())
