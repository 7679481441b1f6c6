"""Ids in, numbers out: language models, their training and their evaluation; knows no screen."""

import os

# torch's OpenMP threads wait for each other by spinning, which other processes pay for and make
# them pay. GRU 256 on two cores, tokens/s: with libgomp's usual spin 58,000 alone, 15,000-18,000
# beside one busy process, 1,400-1,700 at a load of six; with this one 52,000 alone and
# 22,000-23,000 beside one. It must be set before torch is imported.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
