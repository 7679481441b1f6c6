"""The Corpus pane."""
