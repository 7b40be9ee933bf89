"""The audit log seen from outside: checkpoints, proofs, an agency's own entries."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from tenprint import audit
from tenprint.access import AgencyKind
from tenprint.api._problem import Json
from tenprint.api._v1._http import Here, Who, errors, gives
from tenprint.model import AccessError, Role

router = APIRouter(tags=["audit"])

Entry = Annotated[str, Path(description="The entry's identifier.")]
AgencyId = Annotated[str, Path(description="The agency's identifier.")]
Size = Annotated[int | None, Query(ge=0, le=2**62, description="Leaves of the tree; default: all.")]


class CheckpointOut(BaseModel):
    """A signed checkpoint, and the key to check it with: keep both elsewhere."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    checkpoint: str
    """A signed note: name of the log, size, root, time, signature."""
    public_key: str
    """The key of that signature."""


class InclusionOut(BaseModel):
    """That an entry is in the tree (RFC 6962, section 2.1.1); hashes in base64."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    position: int
    """The entry's leaf, from 0."""
    size: int
    """Leaves of the tree meant."""
    leaf: str
    """The leaf's hash."""
    path: list[str]
    """The hashes beside the way to the root."""


class ConsistencyOut(BaseModel):
    """That the tree only grew (RFC 6962, section 2.1.2); hashes in base64."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    old: int
    """Leaves of the smaller tree."""
    new: int
    """Leaves of the larger tree."""
    path: list[str]
    """The hashes that join both roots."""


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
async def inclusion(entry: Entry, caller: Who, service: Here, size: Size = None) -> Response:
    """The hashes from an entry's leaf up to the root. For auditors."""

    def work() -> dict[str, Any]:
        service.need(caller, Role.AUDIT)
        with service.desk.store.reading() as connection:
            proof = audit.prove_inclusion(connection, entry, size)
        service.desk.note_log_read(caller, "inclusion")
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
    caller: Who,
    service: Here,
    old: Annotated[int, Query(ge=0, le=2**62, description="Leaves of the smaller tree.")],
    new: Size = None,
) -> Response:
    """The hashes that show the smaller tree within the larger one. For auditors."""

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
    responses={
        **gives(dict[str, Any], "Its entries, and the way up to the signed root."),
        **errors(404),
    },
)
async def agency_proof(agency: AgencyId, caller: Who, service: Here) -> Response:
    """For auditors of the agency itself, or of the operator; nothing of others is in it."""

    def work() -> dict[str, Any]:
        service.need(caller, Role.AUDIT)
        if caller.kind is not AgencyKind.OPERATOR and agency != caller.agency:
            raise AccessError("This is another agency's.", field="agency")
        signed = service.desk.sequencer.checkpoint().text
        with service.desk.store.reading() as connection:
            found = audit.agency_proof(connection, agency, signed)
        service.desk.note_log_read(caller, "proof", agency=agency)
        return found

    return Json(await service.run(work))


def _encode(value: bytes) -> str:
    return base64.b64encode(value).decode()
