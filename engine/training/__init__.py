"""From windows to new weights: the loop, its step, and the devices it runs on."""
