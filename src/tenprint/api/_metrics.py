"""Prometheus metrics of one service; no label holds anything a client can choose."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

#: Upper ends in seconds: queries must stay under 0.1, a border check under 15.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60)


class Metrics:
    """Counters and histograms in a registry of their own, so that services do not share them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.requests = Counter(
            "tenprint_http_requests",
            "Requests answered, by method, route and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "tenprint_http_request_seconds",
            "Seconds from the first byte of a request to the last of its answer.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.running = Gauge(
            "tenprint_http_requests_running", "Requests being answered.", registry=self.registry
        )
        self.refused = Counter(
            "tenprint_http_requests_refused",
            "Requests refused because too many were running.",
            registry=self.registry,
        )
        self.callbacks = Counter(
            "tenprint_callbacks",
            "Callbacks tried, by how it ended.",
            ("outcome",),
            registry=self.registry,
        )

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)
