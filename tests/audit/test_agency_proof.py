"""An agency's totals are proved complete to it; of the others it learns nothing."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.audit.events import AGENCIES, events, log

from tenprint.audit import (
    Checkpoint,
    Sequencer,
    agency_proof,
    check_agency_proof,
    erase,
)
from tenprint.model import AuditError, InputError, NotFoundError, TransactionClass
from tenprint.store import TruthStore

OWN = AGENCIES[1]


@pytest.fixture
def signed(store: TruthStore, sequencer: Sequencer) -> Checkpoint:
    log(store, events(120))
    with store.transaction() as connection:
        erase(connection, "P-1")
    sequencer.checkpoint()
    log(store, events(60, 120))
    return sequencer.checkpoint()


def prove(store: TruthStore, checkpoint: Checkpoint) -> dict[str, Any]:
    with store.reading() as connection:
        proof = agency_proof(connection, OWN, checkpoint.text)
    return json.loads(json.dumps(proof))


def test_totals_are_complete(store: TruthStore, sequencer: Sequencer, signed: Checkpoint) -> None:
    log(store, events(9, 180))  # later than the checkpoint, so not in it
    totals = check_agency_proof(prove(store, signed), OWN, sequencer.public_key())
    own = [each for each in events(180) if each.agency == OWN]
    assert totals.size == len(own)
    assert sum(totals.by_class.values()) == sum(each.klass is not None for each in own)
    for klass in TransactionClass:
        assert totals.by_class.get(klass, 0) == sum(each.klass is klass for each in own)


def test_others_are_not_shown(store: TruthStore, signed: Checkpoint) -> None:
    shown = json.dumps(prove(store, signed))
    assert OWN in shown
    assert not any(agency in shown for agency in AGENCIES if agency != OWN)


def test_what_is_left_out_or_changed_is_noticed(
    store: TruthStore, sequencer: Sequencer, signed: Checkpoint
) -> None:
    proof, key = prove(store, signed), sequencer.public_key()

    @settings(
        max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.data())
    def tamper(data: st.DataObject) -> None:
        wrong = json.loads(json.dumps(proof))
        at = data.draw(st.integers(0, len(wrong["entries"]) - 1))
        what = data.draw(st.sampled_from(["drop", "double", "swap", "field", "head", "path"]))
        if what == "drop":
            del wrong["entries"][at]
        elif what == "double":
            wrong["entries"].insert(at, wrong["entries"][at])
        elif what == "swap":
            wrong["entries"][at], wrong["entries"][at - 1] = (
                wrong["entries"][at - 1],
                wrong["entries"][at],
            )
        elif what == "path":
            wrong["path"].pop(data.draw(st.integers(0, len(wrong["path"]) - 1)))
        else:
            row = wrong["head"] if what == "head" else wrong["entries"][at]
            name = data.draw(st.sampled_from(sorted(row)))
            row[name] = data.draw(
                st.sampled_from([None, 7, "x", "", "AAAA", OWN, AGENCIES[0]]).filter(
                    lambda value: value != row[name]
                )
            )
        with pytest.raises((AuditError, InputError)):
            check_agency_proof(wrong, OWN, key)

    tamper()


def test_whose_proof_it_is(store: TruthStore, sequencer: Sequencer, signed: Checkpoint) -> None:
    proof = prove(store, signed)
    with pytest.raises(AuditError):
        check_agency_proof(proof, AGENCIES[0], sequencer.public_key())
    with pytest.raises(InputError):
        check_agency_proof({}, OWN, sequencer.public_key())
    with store.reading() as connection, pytest.raises(NotFoundError):
        agency_proof(connection, "NX9999999", signed.text)
