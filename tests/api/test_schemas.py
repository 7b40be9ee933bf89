"""Both interfaces against their descriptions, with generated requests: schemathesis."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.api.world import World, encounter, prints

from tenprint.api._openapi import description
from tenprint.api._osia._errors import DEVIATIONS
from tenprint.api._osia._table import OPERATIONS

# The service runs in this process, and its threads draw random numbers while Hypothesis does.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

#: Generated requests of each operation: some that fit the description, some that do not. More, and
#: others, with ``TENPRINT_SCHEMA_EXAMPLES=200 TENPRINT_SCHEMA_SEED=1``.
EXAMPLES = int(os.environ.get("TENPRINT_SCHEMA_EXAMPLES", "6"))
SEED = int(os.environ.get("TENPRINT_SCHEMA_SEED", "7"))


def broken(spec: dict[str, Any], url: str, headers: dict[str, str]) -> list[str]:
    """Every answer that does not fit its description, and how."""
    wrong: dict[str, None] = {}
    schema = schemathesis.openapi.from_dict(spec)
    for found in schema.get_all_operations():
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
            _try(found.ok(), mode, url, headers, wrong)
    return list(wrong)


def _try(operation: Any, mode: Any, url: str, headers: dict[str, str], wrong: Any) -> None:
    @seeded(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        response = case.call(base_url=url, headers=headers, timeout=60)
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as failures:
            for each in failures.exceptions:
                text = f"{operation.label} ({mode.value}): {each} {response.content[:300]!r}"
                wrong.setdefault(text[:1000])

    with contextlib.suppress(Unsatisfiable):  # where nothing wrong can be made of an operation
        check()


@pytest.fixture(scope="module")
def osia_spec(shared_data: Path) -> dict[str, Any]:
    text = (shared_data / "osia/abis.yaml").read_text(encoding="utf-8")
    spec: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for operations in spec["paths"].values():
        for operation in operations.values():
            operation.pop("callbacks", None)
            for status in DEVIATIONS:
                operation["responses"][str(status)] = {"description": "listed", "content": error}
    return spec


def test_all_operations_of_the_standard_are_there(osia_spec: dict[str, Any]) -> None:
    standard = {
        operation["operationId"]: (method.upper(), path)
        for path, operations in osia_spec["paths"].items()
        for method, operation in operations.items()
    }
    ours = {each.name: (each.method, each.path) for each in OPERATIONS} | {
        "readTaskStatus": ("GET", "/v1/tasks/{taskId}/status"),
        "redeliverTaskResult": ("POST", "/v1/tasks/{taskId}/redeliver"),
    }
    assert ours == standard
    assert len(ours) == 22


def test_parameters_and_statuses_are_the_standards(osia_spec: dict[str, Any]) -> None:
    for each in OPERATIONS:
        described = osia_spec["paths"][each.path][each.method.lower()]
        query = {one["name"] for one in described["parameters"] if one["in"] == "query"}
        assert {*each.query, "transactionId", "callback"} - query == (
            set() if each.asynchronous else {"callback"}
        )
        assert query <= {*each.query, "transactionId", "callback", "priority"}
        codes = {int(status) for status in described["responses"]} - {200, 202, 204}
        assert codes - DEVIATIONS == each.codes


def test_osia_as_described(running: World, osia_spec: dict[str, Any]) -> None:
    # Something is there, so that not everything is 404.
    client = running.of("register")
    where = "/osia/v1/persons/0/encounters/0?transactionId=seed"
    assert client.post(where, json=encounter(300, galleries=["0"])).status_code in (200, 409)
    headers = {"Authorization": f"Bearer {running.keys['register']}"}
    wrong = broken(osia_spec, f"{running.url}/osia", headers)
    assert wrong == [], "\n".join(wrong)


def test_our_own_as_described(running: World) -> None:
    spec = running.of("operator").get("/openapi.json").json()
    running.submit("operator", "criminal-tenprint", prints(301))
    headers = {"Authorization": f"Bearer {running.keys['operator']}"}
    # Keys and agencies of other tests must stay as they are.
    del spec["paths"]["/v1/keys/{key}"]
    wrong = broken(spec, running.url, headers)
    assert wrong == [], "\n".join(wrong)


def test_everything_is_described(running: World) -> None:
    spec = running.of("operator").get("/openapi.json").json()
    assert spec == json.loads(json.dumps(description()))  # of which the reference is made
    for operations in spec["paths"].values():
        for method, operation in operations.items():
            assert {"400", "401", "403", "413", "429", "500", "503"} <= set(operation["responses"])
            if method in ("post", "put", "patch") and "requestBody" in operation:
                content = operation["requestBody"]["content"]["application/json"]
                name = content["schema"]["$ref"].rpartition("/")[2]
                assert name in spec["components"]["schemas"]
