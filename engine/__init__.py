"""Ids in, numbers out: language models, their training and their evaluation; knows no screen."""
