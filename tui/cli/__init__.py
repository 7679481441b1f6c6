"""The command line around the commands: parsing, printing, signals, the way into the app."""
