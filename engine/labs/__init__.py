"""Laboratories: settings in, figures out; none knows a screen."""
