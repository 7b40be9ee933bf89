"""OpenTelemetry: spans are made always, sent only where an operator names a collector."""

from __future__ import annotations

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter


def start_tracing(endpoint: str | None, exporter: SpanExporter | None = None) -> TracerProvider:
    """Send spans to a collector, in the background; shut the provider down to flush them.

    Parameters
    ----------
    endpoint : str, optional
        The collector's address for OTLP over HTTP, such as ``http://127.0.0.1:4318/v1/traces``.
    exporter : SpanExporter, optional
        Takes the spans instead of a collector.
    """
    provider = TracerProvider(resource=Resource.create({"service.name": "tenprint"}))
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
    return provider
