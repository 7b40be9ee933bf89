"""OSIA's ABIS interface, version 1.6.0: all 22 operations over the desk.

Written after the published interface description (Secure Identity Alliance, OSIA licence), which
the tests hold it against.
"""

from tenprint.api._osia._deliver import Deliverer
from tenprint.api._osia._routes import PREFIX, routes
from tenprint.api._osia._tasks import Tasks, follow_expunges

__all__ = ["PREFIX", "Deliverer", "Tasks", "follow_expunges", "routes"]
