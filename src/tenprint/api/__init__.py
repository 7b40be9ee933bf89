"""REST: the service's HTTP interface.

Nothing is built here yet; it exports no names.
"""
