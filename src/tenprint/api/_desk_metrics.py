"""The desk's figures for Prometheus, read when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from tenprint.desk import LATENCY_BOUNDS, Desk, Load


class DeskCollector(Collector):
    """Queues, lateness, machine time by class, people, deliveries; counts only."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def describe(self) -> Iterable[Metric]:
        """Nothing: the names are the same whenever they are collected."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All figures now."""
        load = self._desk.load()
        yield from _by_class(load)
        for name, text, value in (
            ("people", "People enrolled.", load.people),
            ("encounters", "Encounters enrolled.", load.encounters),
            ("index_bytes", "Bytes a search may read.", load.index_bytes),
            ("cases_open", "Cases that wait for examiners.", load.cases_open),
            ("outbox_waiting", "Answers to be delivered.", load.outbox_waiting),
            ("dead_letters", "Deliveries given up.", load.dead_letters),
        ):
            yield GaugeMetricFamily(f"tenprint_{name}", text, value=value)
        for name, text, value in (
            ("searches", "Searches made.", load.searches),
            ("search_batches", "Passes over the codes.", load.search_batches),
            ("journal_commits", "Disk commits of queries and transactions.", load.journal_commits),
            ("journal_entries", "Pieces of work in these commits.", load.journal_entries),
        ):
            yield CounterMetricFamily(f"tenprint_{name}", text, value=value)
        faults = CounterMetricFamily("tenprint_faults", "Faults of the machinery.", labels=["code"])
        for code, count in load.errors.items():
            faults.add_metric([code], count)
        yield faults
        if load.last_backup is not None:
            yield GaugeMetricFamily(
                "tenprint_last_backup_seconds",
                "When the last backup was made, seconds since 1970.",
                value=load.last_backup.timestamp(),
            )


def _by_class(load: Load) -> Iterator[Metric]:
    queue = GaugeMetricFamily(
        "tenprint_transactions", "Transactions by class and state.", labels=["class", "state"]
    )
    answered = CounterMetricFamily(
        "tenprint_transactions_answered", "Transactions answered.", labels=["class"]
    )
    late = CounterMetricFamily("tenprint_transactions_late", "Answered too late.", labels=["class"])
    seconds = HistogramMetricFamily(
        "tenprint_transaction_machine_seconds", "Machine time to the answer.", labels=["class"]
    )
    for klass, each in load.classes.items():
        for state in ("waiting", "working", "review"):
            queue.add_metric([klass.value, state], getattr(each, state))
        answered.add_metric([klass.value], each.answered)
        late.add_metric([klass.value], each.late)
        bounds = [*map(str, LATENCY_BOUNDS), "+Inf"]
        buckets = list(zip(bounds, accumulate(each.latency), strict=True))
        seconds.add_metric([klass.value], buckets, each.latency_sum)
    yield from (queue, answered, late, seconds)
