"""Engines beside our own matching."""
