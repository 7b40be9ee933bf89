"""Who may do what: agencies, users, credentials, the permission table, rate limits.

Nothing is built here yet; it exports no names.
"""
