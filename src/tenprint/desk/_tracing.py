"""OpenTelemetry spans of a transaction's steps, in the trace of the request that submitted it.

The request's context is kept with the transaction as a W3C ``traceparent``: random numbers, nothing
personal. Steps run later, in other threads, perhaps after a restart. Without a trace, spans cost a
comparison; without a configured provider, nothing is sent anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from opentelemetry import context, trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy import Connection, Row

from tenprint.model import TenprintError

T = TypeVar("T")

_FIELD = "traceparent"
_tracer = trace.get_tracer("tenprint.desk")
_form = TraceContextTextMapPropagator()


def traceparent() -> str | None:
    """The context of this thread's request; None where it has none."""
    if not trace.get_current_span().get_span_context().is_valid:
        return None
    carrier: dict[str, str] = {}
    _form.inject(carrier)
    return carrier.get(_FIELD)


@contextmanager
def step(name: str, row: Row[Any]) -> Iterator[None]:
    """A span of a transaction's trace; `row` has ``trace``."""
    if row.trace is None:
        yield
        return
    with _span(name, _form.extract({_FIELD: row.trace})) as span:
        for attribute in ("key", "klass"):
            if (value := getattr(row, attribute, None)) is not None:
                span.set_attribute(f"tenprint.{attribute}", value)
        yield


@contextmanager
def part(name: str) -> Iterator[None]:
    """A span within this thread's `step`."""
    if not trace.get_current_span().get_span_context().is_valid:
        yield
        return
    with _span(name, None):
        yield


def carried(work: Callable[[Connection], T]) -> Callable[[Connection], T]:
    """Work for another thread, where its spans belong to this thread's."""
    if not trace.get_current_span().get_span_context().is_valid:
        return work
    here = context.get_current()

    def there(connection: Connection) -> T:
        token = context.attach(here)
        try:
            return work(connection)
        finally:
            context.detach(token)

    return there


@contextmanager
def _span(name: str, parent: context.Context | None) -> Iterator[trace.Span]:
    """A span that says of an error its code only: messages may name a file or a person."""
    with _tracer.start_as_current_span(
        name, parent, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except Exception as error:
            code = error.code if isinstance(error, TenprintError) else type(error).__name__
            span.set_status(trace.StatusCode.ERROR, code)
            raise
