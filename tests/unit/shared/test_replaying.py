"""Which jobs may be done again, and what the new one takes from the old one."""

import pytest
from pydantic import SecretStr

from shared.errors import (
    CallError,
    Exhausted,
    Expired,
    InvalidArguments,
    Poisoned,
    Refused,
    UnknownOutcome,
)
from shared.ledger import FinalState, Outcome
from shared.operations import CATALOG
from shared.replaying import refuse_unless_replayable, replayed
from shared.sealing import Sealer, new_key
from tests.unit.fakes import job

ROW = CATALOG["configure_vpn_infrastructure"]
SEALER = Sealer(SecretStr(new_key()))
PLAIN = {"vpn_payload": {"credentials": {"create": [{"id": "c", "value": "a-secret"}]}}}


@pytest.mark.parametrize(
    ("state", "error"),
    [("dead", Poisoned("x")), ("failed", Exhausted("x")), ("failed", Expired("x"))],
)
def test_a_job_that_did_not_do_its_work_is_replayed(state: FinalState, error: CallError) -> None:
    refuse_unless_replayable(job(state=state, outcome=Outcome(state, problem=error.problem)))


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (Outcome("done", {}), "It did its work"),
        (Outcome("cancelled"), "Call the tool again"),
        (Outcome("failed", problem=Refused("no").problem), "It would fail again"),
        (Outcome("unknown", problem=UnknownOutcome("x").problem), "read the object first"),
    ],
)
def test_other_ends_are_not_replayed_and_the_error_says_what_to_do(
    outcome: Outcome, says: str
) -> None:
    with pytest.raises(InvalidArguments, match="cannot be replayed") as refused:
        refuse_unless_replayable(job(state=outcome.state, outcome=outcome))
    assert says in refused.value.problem.advice


@pytest.mark.parametrize("state", ["accepted", "running", "waiting"])
def test_an_open_job_is_not_replayed(state: str) -> None:
    with pytest.raises(InvalidArguments, match=f"is {state}") as refused:
        refuse_unless_replayable(job(state=state))
    assert "has not ended" in refused.value.problem.advice


def test_a_replay_is_the_same_call_with_its_secrets_sealed_anew() -> None:
    old = job(
        id="old",
        tool=ROW.name,
        arguments=SEALER.seal_all(PLAIN, ROW.sensitive, job_id="old"),
        fingerprint="print",
        targets=("t",),
        changes=("c",),
        replays=("older",),
    )
    new = replayed(old, ROW, SEALER, new_id="new")
    assert SEALER.open_all(new.arguments, ROW.sensitive, job_id="new") == PLAIN
    assert "a-secret" not in str(new)
    assert (new.account, new.client, new.fingerprint) == (old.account, old.client, "print")
    assert (new.targets, new.changes, new.replays) == (("t",), ("c",), ("old", "older"))
    assert not new.joins
