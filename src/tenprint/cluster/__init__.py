"""Shards of the gallery on many machines, on Ray.

Nothing is built here yet; it exports no names.
"""
