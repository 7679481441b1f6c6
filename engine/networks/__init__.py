"""The networks, one file each, named after their `--model`; behind the protocol: `model`."""
