"""Accuracy and speed protocols and their reports."""
