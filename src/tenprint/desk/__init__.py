"""Transactions: admission, deadlines, workflow, decisions, responses, metering; no HTTP.

Nothing is built here yet; it exports no names.
"""
