"""What every request passes: ids, limits, time and outcome, and nothing told of surprises."""

import asyncio
import io
import json
from typing import Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tenprint.api._edge import Edge
from tenprint.api._logs import make_logger
from tenprint.api._metrics import Metrics


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Reads the body and says how long it is; some paths misbehave."""
    if scope["path"].endswith("/surprise"):
        raise RuntimeError("Ann Example, born 1980-04-01")
    if scope["path"] == "/slow":
        await asyncio.sleep(0.3)
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


class Bench:
    def __init__(self, **limits: int) -> None:
        self.log = io.StringIO()
        self.metrics = Metrics()
        given = {"max_body": 1000, "max_requests": 10} | limits
        logger = make_logger(file=self.log)
        self.edge = Edge(app, metrics=self.metrics, logger=logger, **given)

    def ask(self, *requests: tuple[str, str], **options: Any) -> list[httpx.Response]:
        async def work() -> list[httpx.Response]:
            transport = httpx.ASGITransport(self.edge)
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                asked = [client.request(method, path, **options) for method, path in requests]
                return list(await asyncio.gather(*asked))

        return asyncio.run(work())

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


def test_a_request_has_an_id_and_is_nobodys_to_keep() -> None:
    bench = Bench()
    (one,) = bench.ask(("GET", "/a"))
    assert one.text == "0"
    assert len(one.headers["x-request-id"]) == 16
    assert one.headers["cache-control"] == "no-store"
    (two,) = bench.ask(("GET", "/a"), headers={"x-request-id": "mine-1"})
    assert two.headers["x-request-id"] == "mine-1"
    (three,) = bench.ask(("GET", "/a"), headers={"x-request-id": "a b\x7f" * 40})
    assert len(three.headers["x-request-id"]) == 16


def test_a_length_that_is_too_long_is_refused_before_it_is_read() -> None:
    bench = Bench()
    (answer,) = bench.ask(("POST", "/a"), content=bytes(1001))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "request-size"
    (fits,) = bench.ask(("POST", "/a"), content=bytes(1000))
    assert fits.text == "1000"


@pytest.mark.parametrize("length", ["-1", "x", "1" * 30, "1e3"])
def test_a_length_that_is_none(length: str) -> None:
    (answer,) = Bench().ask(("POST", "/a"), headers={"content-length": length})
    assert answer.status_code == 413


def test_a_body_without_length_is_counted() -> None:
    async def pieces() -> Any:
        for _ in range(11):
            yield bytes(100)

    (answer,) = Bench().ask(("POST", "/a"), content=pieces())
    assert answer.status_code == 413


def test_of_a_surprise_only_the_id_is_told() -> None:
    bench = Bench()
    (answer,) = bench.ask(("GET", "/surprise"))
    assert answer.status_code == 500
    assert answer.json()["request"] == answer.headers["x-request-id"]
    line = next(each for each in bench.lines() if each["event"] == "unexpected")
    assert line["error"] == "RuntimeError"
    assert line["request"] == answer.headers["x-request-id"]
    assert "Example" not in answer.text + bench.log.getvalue()


def test_osia_has_its_own_errors() -> None:
    bench = Bench()
    (answer,) = bench.ask(("GET", "/osia/surprise"))
    assert answer.status_code == 500
    assert set(answer.json()) == {"code", "message"}
    (large,) = bench.ask(("POST", "/osia/a"), content=bytes(1001))
    assert large.json()["code"] == 41300


def test_too_many_at_once_are_sent_away() -> None:
    bench = Bench(max_requests=2)
    answers = bench.ask(*[("GET", "/slow")] * 5, ("GET", "/healthz"))
    statuses = sorted(each.status_code for each in answers)
    assert statuses == [200, 200, 200, 503, 503, 503]
    away = next(each for each in answers if each.status_code == 503)
    assert away.headers["retry-after"]
    assert b"tenprint_http_requests_refused_total 3.0" in bench.metrics.text()
    assert b"tenprint_http_requests_running 0.0" in bench.metrics.text()


def test_paths_and_queries_are_not_logged() -> None:
    bench = Bench()
    bench.ask(("GET", "/v1/persons/Ann-Example"), params={"name": "Example"})
    assert "Example" not in bench.log.getvalue()
    assert bench.lines()[-1]["route"] == "(none)"
    assert b"Example" not in bench.metrics.text()


def test_traces_go_on_where_the_caller_began(monkeypatch: pytest.MonkeyPatch) -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    bench = Bench()
    bench.ask(("GET", "/a"), headers={"traceparent": parent})
    bench.ask(("GET", "/surprise"), ("GET", "/healthz"))
    first, second = spans.get_finished_spans()
    assert f"{first.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert (first.attributes or {})["http.response.status_code"] == 200
    assert (second.attributes or {})["http.response.status_code"] == 500
    assert not second.events  # an exception's text could be personal
    provider.shutdown()
