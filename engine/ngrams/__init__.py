"""Counts of n-grams, the distributions estimated from them, and the files they are kept in."""
