"""A run is a folder: its files, its events, and how it is read, followed and steered."""
