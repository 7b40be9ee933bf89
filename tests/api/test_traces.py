"""One trace from the request through the desk's steps to the delivery."""

import time
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.api.world import World, new, prints
from tests.desk.world import POLICE, submission

from tenprint.api._tracing import start_tracing
from tenprint.model import TransactionClass

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Traced:
    """A service whose spans are kept."""

    def __init__(self, running: World) -> None:
        self.running = running
        self.exporter = InMemorySpanExporter()
        self.provider = start_tracing(None, self.exporter)

    def spans(self, trace: str, names: set[str]) -> dict[str, ReadableSpan]:
        """Those of a trace by name, once these are there."""
        found: dict[str, ReadableSpan] = {}
        for _ in range(200):
            self.provider.force_flush()
            spans = self.exporter.get_finished_spans()
            found = {s.name: s for s in spans if f"{s.context.trace_id:032x}" == trace}
            if names <= set(found):
                return found
            time.sleep(0.05)
        raise AssertionError(sorted(found))


@pytest.fixture(scope="module")
def traced(running: World) -> Iterator[Traced]:
    made = Traced(running)
    yield made
    made.provider.shutdown()


def test_the_steps_are_spans_of_the_requests_trace(traced: Traced) -> None:
    body = {
        "transaction": new(),
        "class": "criminal-tenprint",
        "purpose": "criminal-justice",
        "prints": prints(700),
        "biographics": {"names": [{"given": "Ann", "family": "Unmistakable"}]},
        "options": {"callback": "http://localhost:9/nobody-listens"},
    }
    answer = traced.running.of("police").post(
        "/v1/transactions?wait=30",
        json=body,
        headers={"traceparent": f"00-{TRACE}-{CALLER}-01"},
    )
    assert answer.status_code == 200, answer.text
    request = "POST /v1/transactions"
    steps = {"extract", "search", "decide", "record", "answer", "deliver"}
    spans = traced.spans(TRACE, {request, *steps})  # the web framework makes some of its own
    by_id = {each.context.span_id: name for name, each in spans.items()}

    def above(name: str) -> list[str]:
        """The spans that one lies in, innermost first."""
        found = []
        while (parent := spans[name].parent) is not None and parent.span_id in by_id:
            name = by_id[parent.span_id]
            found.append(name)
        return found

    outermost = spans[request].parent
    assert outermost is not None
    assert outermost.span_id == int(CALLER, 16)
    for name in ("extract", "search", "decide", "deliver"):
        assert above(name)[-1] == request, name
        assert not steps & set(above(name)), name
    assert above("answer")[:2] == ["record", "decide"]
    assert spans["deliver"].status.description == "service-unavailable"
    told = "".join(each.to_json() for each in spans.values())
    assert "Unmistakable" not in told
    assert body["transaction"] not in told
    assert answer.json()["content"]["person"] not in told


def test_without_a_trace_there_are_no_spans(traced: Traced) -> None:
    desk, name = traced.running.desk, new()
    desk.submit(POLICE, submission(name, TransactionClass.CRIMINAL_TENPRINT, 701))
    assert desk.wait(POLICE, name, 30) is not None
    traced.provider.force_flush()
    key = desk.status(POLICE, name).key
    assert all(
        (each.attributes or {}).get("tenprint.key") != key
        for each in traced.exporter.get_finished_spans()
    )
