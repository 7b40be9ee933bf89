"""Biographic search: normalised names, phonetic keys, dates, identifiers.

Nothing is built here yet; it exports no names.
"""
