"""Work in another process that ends with this one, asked over a socket pair.

Python runs one thread at a time in a process: what keeps the interpreter busy for long goes into
another one, and what answers people stays quick. Nothing here knows what the work is.
"""

from tenprint.process._child import Child, serve
from tenprint.process._process import Process
from tenprint.process._tuning import settle

__all__ = ["Child", "Process", "serve", "settle"]
