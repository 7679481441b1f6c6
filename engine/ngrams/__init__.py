"""Counts of n-grams, the laws that are estimated from them, and the files they are kept in."""
