"""Image to template: quality, minutiae, and the trace of every stage."""
