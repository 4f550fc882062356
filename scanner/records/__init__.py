"""Bounded readers of the formats that records are written in; shared by the collectors."""
