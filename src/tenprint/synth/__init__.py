"""Fictitious prints and people, seeded; nobody's fingers."""
