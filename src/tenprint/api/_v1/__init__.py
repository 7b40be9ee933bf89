"""Our own interface, under ``/v1``: transactions, queries, review, administration, audit."""

from tenprint.api._v1 import (
    _administration,
    _audit,
    _operations,
    _queries,
    _review,
    _subscriptions,
    _transactions,
)

#: The routers, in the order of the description.
ROUTERS = tuple(
    module.router
    for module in (
        _transactions,
        _queries,
        _review,
        _subscriptions,
        _operations,
        _administration,
        _audit,
    )
)

#: What is asked most, by method and path.
QUICK = _queries.QUICK

__all__ = ["QUICK", "ROUTERS"]
