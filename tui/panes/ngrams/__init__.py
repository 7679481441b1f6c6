"""The N-grams pane."""
