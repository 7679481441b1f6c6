"""The Generate pane."""
