"""Parts of the screen that every pane may use; none knows a pane."""
