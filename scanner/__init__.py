"""Lading: supply-chain governance and audit scanner for software and machine learning."""

__version__ = "0.1.0"
