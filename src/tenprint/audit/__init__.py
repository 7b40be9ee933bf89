"""The append-only hash tree of every access and change, and what is counted from it.

Nothing is built here yet; it exports no names.
"""
