"""Generates the known-safe lists from published wheels, by reading their source; nothing of a wheel is ever imported.

``python -m scanner.inspectors.pickle.listing FOLDER WHEEL...`` writes one list for each library. A class is listed when
what pickle runs of it reaches nothing denied (:mod:`.classes`), along a call graph of bounded depth (:mod:`.reach`); the
denied effects are those of the judge (:mod:`scanner.inspectors.pickle.effects`). What cannot be decided is not listed.
"""
