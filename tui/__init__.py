"""Numbers in, screen out: the command line and the app; the only place that prints."""
