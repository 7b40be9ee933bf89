"""Web pages for examiners and operators.

Nothing is built here yet; it exports no names.
"""
