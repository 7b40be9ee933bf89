"""Template against template: a calibrated score, its explanation, fusion over fingers."""
