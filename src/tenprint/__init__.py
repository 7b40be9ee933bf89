"""tenprint: open-source identification of people by fingerprints and records."""
