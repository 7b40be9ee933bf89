"""Many people: enrol, delete, identify."""
