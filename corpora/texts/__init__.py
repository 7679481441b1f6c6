"""Texts written for seqtui, shipped with it."""
