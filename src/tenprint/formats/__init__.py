"""Bytes to model and back: images and templates in the standard formats; size-limited, fuzzed."""
