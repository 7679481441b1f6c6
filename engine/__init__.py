"""Ids in, numbers out: language models, their training and their evaluation; knows no screen."""

import os

# torch's OpenMP threads wait for each other by spinning, by default for milliseconds. Beside one
# busy process on two cores that left 1,500 tokens/s of 58,000; with a short spin 22,000 are left,
# and 52,000 with nothing else running. It has to stand in the environment before torch is loaded.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
