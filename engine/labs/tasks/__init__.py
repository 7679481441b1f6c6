"""The tasks of each laboratory, in a module of the laboratory's name."""
