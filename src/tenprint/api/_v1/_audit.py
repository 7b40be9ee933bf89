"""The audit log seen from outside: checkpoints, proofs, an agency's own entries."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from tenprint import audit
from tenprint.access import AgencyKind
from tenprint.api._problem import Json
from tenprint.api._v1._http import Here, Who, errors, gives
from tenprint.model import AccessError, Role

router = APIRouter(tags=["audit"])

Size = Annotated[int | None, Query(ge=0, le=2**62, description="Leaves of the tree meant.")]


class CheckpointOut(BaseModel):
    """A signed checkpoint, and the key to check it with: keep both elsewhere."""

    checkpoint: str
    public_key: str


class InclusionOut(BaseModel):
    """That an entry is in the tree (RFC 6962, section 2.1.1); hashes in base64."""

    position: int
    size: int
    leaf: str
    path: list[str]


class ConsistencyOut(BaseModel):
    """That the tree only grew (RFC 6962, section 2.1.2); hashes in base64."""

    old: int
    new: int
    path: list[str]


@router.get(
    "/v1/audit/checkpoint",
    summary="A signed checkpoint",
    responses={**gives(CheckpointOut, "Size and root of the tree, signed."), **errors()},
)
async def checkpoint(caller: Who, service: Here) -> Response:
    """Everything logged so far is put into the tree and signed. For auditors."""

    def work() -> dict[str, Any]:
        service.need(caller, Role.AUDIT)
        sequencer = service.desk.sequencer
        return {"checkpoint": sequencer.checkpoint().text, "public_key": sequencer.public_key()}

    return Json(await service.run(work))


@router.get(
    "/v1/audit/entries/{entry}/proof",
    summary="Prove that an entry is in the tree",
    responses={**gives(InclusionOut, "The way to the root."), **errors(404)},
)
async def inclusion(entry: str, caller: Who, service: Here, size: Size = None) -> Response:
    """For auditors."""

    def work() -> dict[str, Any]:
        service.need(caller, Role.AUDIT)
        with service.desk.store.reading() as connection:
            proof = audit.prove_inclusion(connection, entry, size)
        return {
            "position": proof.position,
            "size": proof.size,
            "leaf": _encode(proof.leaf),
            "path": [_encode(each) for each in proof.path],
        }

    return Json(await service.run(work))


@router.get(
    "/v1/audit/consistency",
    summary="Prove that the tree only grew",
    responses={**gives(ConsistencyOut, "Hashes between the two trees."), **errors()},
)
async def consistency(
    caller: Who, service: Here, old: Annotated[int, Query(ge=0, le=2**62)], new: Size = None
) -> Response:
    """For auditors."""

    def work() -> dict[str, Any]:
        service.need(caller, Role.AUDIT)
        with service.desk.store.reading() as connection:
            size, _ = audit.root_at(connection, new)
            path = audit.prove_consistency(connection, old, size)
        return {"old": old, "new": size, "path": [_encode(each) for each in path]}

    return Json(await service.run(work))


@router.get(
    "/v1/audit/agencies/{agency}/proof",
    summary="An agency's own entries, proved complete",
    responses={**gives(dict[str, Any], "See docs/audit.md."), **errors(404)},
)
async def agency_proof(agency: str, caller: Who, service: Here) -> Response:
    """For auditors of the agency itself, or of the operator; nothing of others is in it."""

    def work() -> dict[str, Any]:
        service.need(caller, Role.AUDIT)
        if caller.kind is not AgencyKind.OPERATOR and agency != caller.agency:
            raise AccessError("This is another agency's.", field="agency")
        signed = service.desk.sequencer.checkpoint().text
        with service.desk.store.reading() as connection:
            return audit.agency_proof(connection, agency, signed)

    return Json(await service.run(work))


def _encode(value: bytes) -> str:
    return base64.b64encode(value).decode()
