"""The people, their encounters and events; merge, seal, expunge; the audit log.

Nothing is built here yet; it exports no names.
"""
