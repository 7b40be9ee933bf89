"""A slice of a country's day, played against the running service: ``tenprint bench day``.

A town of fictitious people and agencies is made once; then requests come in as in the model
system's mix, at their own times whatever the service does, and every answer is checked.
"""

from tenprint.cli.day._play import Slice, play_day

__all__ = ["Slice", "play_day"]
