"""One attempt of a write: what is sent, what is looked up, and what comes of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

import pytest
from pydantic import SecretStr

from shared.ledger import Job, Ledger
from shared.operations import CATALOG
from shared.sealing import Sealer, new_key
from shared.wire import Request
from tests.unit.fakes import NOW, FakeApi, FakeClock, FakeLedger, Reply, job
from workers.caller import Caller
from workers.csp import Answer, Limits, Lost, NotSent
from workers.judge import Patience
from workers.moves import Times
from workers.procedures import MOST_RESENDS, Runner
from workers.sending import Sender
from workers.steps import Dropped, Ended, Parked, Step
from workers.writes import Writer

LIMITS = Limits(connect=5, read=30, total=37)
CONFIGURE_LIMITS = Limits(connect=5, read=60, total=67)
SETTLE = LIMITS.total + 5
CONFIGURE_SETTLE = CONFIGURE_LIMITS.total + 5
SEALER = Sealer(SecretStr(new_key()))
LOST, NOT_SENT = Lost("timed out"), NotSent("the connection was refused")
PSK = "canary-7f3a-canary"

Row = dict[str, Any]
SUBNET: Row = {"id": "ipam/subnet/9", "address": "10.0.1.0", "cidr": 24, "space": "ipam/ip_space/5"}
OWN_SUBNET = SUBNET | {"tags": {"infoblox_mq_job": "job-1"}}
FOREIGN_SUBNET = SUBNET | {"tags": {"infoblox_mq_job": "job-of-somebody"}}
SERVICE: Row = {"id": "infra/universal_service/s1", "name": "prod", "tags": {}}
OWN_SERVICE = SERVICE | {"tags": {"infoblox_mq_job": "job-1"}}
SERVICES = "/api/universalinfra/v1/universalservices"


def canonical(tool: str, **given: Any) -> dict[str, Any]:
    return CATALOG[tool].args.model_validate(given).model_dump(mode="json")


CREATE = canonical("create_subnet", address="10.0.1.0/24", space="5", name="n")
TAKE = canonical("create_subnet", address="9/nextavailablesubnet", cidr=24, space="5")
UPDATE = canonical("update_subnet", subnet_id="5", name="n")
DELETE = canonical("delete_subnet", subnet_id="5")
PAYLOAD: dict[str, Any] = {
    "universal_service": {"operation": "CREATE", "name": "prod", "capabilities": [{"type": "dns"}]},
    "credentials": {"create": [{"id": "ref_c", "name": "k", "type": "psk", "value": PSK}]},
}
CHANGE_PAYLOAD: dict[str, Any] = {
    "universal_service": {"operation": "UPDATE", "id": "s1", "description": "new"}
}


def sealed(payload: dict[str, Any]) -> dict[str, Any]:
    places = CATALOG["configure_vpn_infrastructure"].sensitive
    closed: dict[str, Any] = SEALER.seal_all({"vpn_payload": payload}, places, job_id="job-1")
    return closed


def answering(*rows: Row) -> Callable[[Request], Reply]:
    """Answer every list with these rows."""
    return lambda _request: Answer(200, {"results": list(rows)})


def service_of(log: list[str], **fields: Any) -> Callable[[Request], Reply]:
    """Answer as an account does that has one service and this change log."""

    def reads(request: Request) -> Reply:
        if request.path.endswith("getconfigchanges"):
            return Answer(200, {"results": [{"request_id": one} for one in log]})
        if request.path == f"{SERVICES}/s1":
            return Answer(200, {"result": SERVICE | fields})
        return Answer(200, {"results": []})

    return reads


def broken(_request: Request) -> Reply:
    return Answer(503)


class Attempt:
    """Carries out one attempt and keeps what was sent."""

    def __init__(
        self,
        tool: str,
        arguments: dict[str, Any],
        *replies: Reply,
        reads: Callable[[Request], Reply] | None = None,
        mark: str = "ok",
        **fields: Any,
    ) -> None:
        self.api = FakeApi(*replies, reads=reads)
        self.ledger = FakeLedger(mark)
        self.job: Job = job(tool=tool, arguments=arguments, **fields)
        sender = Sender(Caller(self.api, LIMITS), cast(Ledger, self.ledger), FakeClock())
        patience = Patience(12, 5, 60, lambda: 0.0)
        runner = Runner(sender, patience, LIMITS, CONFIGURE_LIMITS)
        writer = Writer(sender, runner, SEALER, Times(ready=3600, tunnel_rest=180))
        self.step: Step = writer(CATALOG[tool], self.job)

    @property
    def state(self) -> str:
        assert isinstance(self.step, Ended), self.step
        return self.step.outcome.state

    @property
    def code(self) -> str:
        assert isinstance(self.step, Ended), self.step
        assert self.step.outcome.problem is not None
        return self.step.outcome.problem.code

    @property
    def message(self) -> str:
        assert isinstance(self.step, Ended), self.step
        assert self.step.outcome.problem is not None
        return self.step.outcome.problem.message

    @property
    def parked(self) -> Parked:
        assert isinstance(self.step, Parked), self.step
        return self.step

    @property
    def result(self) -> Any:
        assert isinstance(self.step, Ended), self.step
        return self.step.outcome.result


def create(*replies: Reply, **more: Any) -> Attempt:
    return Attempt("create_subnet", CREATE, *replies, **more)


def update(*replies: Reply, **more: Any) -> Attempt:
    return Attempt("update_subnet", UPDATE, *replies, **more)


def delete(*replies: Reply, **more: Any) -> Attempt:
    return Attempt("delete_subnet", DELETE, *replies, **more)


def configure(*replies: Reply, **more: Any) -> Attempt:
    return Attempt("configure_vpn_infrastructure", sealed(PAYLOAD), *replies, **more)


def reconfigure(*replies: Reply, **more: Any) -> Attempt:
    return Attempt("configure_vpn_infrastructure", sealed(CHANGE_PAYLOAD), *replies, **more)


IN_DOUBT = {"sending": True, "tries": 1}
LATE = IN_DOUBT | {"send_until": NOW - 1}
SENT_AFTER_R1: dict[str, Any] = LATE | {"memo": {"changes_before": ["r1"]}}
EARLY = IN_DOUBT | {"send_until": NOW + 9}


# --- good answers


@pytest.mark.parametrize("status", [200, 201])
def test_a_good_answer_ends_the_job(status: int) -> None:
    attempt = create(Answer(status, {"result": SUBNET}))
    assert (attempt.state, attempt.result) == ("done", SUBNET)
    assert len(attempt.api.sent) == 1
    assert attempt.api.looked_up == []


@pytest.mark.parametrize("body", [None, {}])
def test_a_delete_ends_without_a_result(body: Any) -> None:
    attempt = delete(Answer(204, body))
    assert (attempt.state, attempt.result) == ("done", None)


def test_a_write_is_marked_for_its_whole_time_before_it_is_sent() -> None:
    attempt = create(Answer(200, {"result": SUBNET}))
    assert attempt.ledger.marked == [SETTLE]
    assert attempt.api.limits == [LIMITS]


def test_a_write_must_leave_within_two_seconds_of_asking() -> None:
    assert create(Answer(200, {"result": SUBNET})).api.send_before == [102.0]


def test_a_configure_has_its_own_time() -> None:
    attempt = configure(Answer(200, {"universal_service": {"id": "s1", "name": "prod"}}))
    assert attempt.ledger.marked == [CONFIGURE_SETTLE]
    assert attempt.api.limits == [CONFIGURE_LIMITS]


def test_secrets_are_sent_in_clear_and_never_come_back() -> None:
    attempt = configure(Answer(200, {"universal_service": {"id": "s1", "name": "prod"}}))
    body = attempt.api.sent[0].body or {}
    assert body["credentials"]["create"][0]["value"] == PSK
    assert body["universal_service"]["tags"] == {"infoblox_mq_job": "job-1"}
    assert attempt.result["universal_service"] == {"id": "s1", "name": "prod"}
    assert PSK not in str(attempt.step)


def test_a_secret_that_cannot_be_opened_ends_the_job_before_anything_is_sent() -> None:
    attempt = configure(id="job-2")
    assert attempt.code == "not_configured"
    assert attempt.api.sent == []
    assert attempt.ledger.marked == []


# --- permission to send


@pytest.mark.parametrize("verdict", ["lost", "early", "answered"])
def test_without_permission_nothing_is_sent_and_nothing_recorded(verdict: str) -> None:
    attempt = create(mark=verdict)
    assert attempt.step == Dropped(verdict)
    assert attempt.api.sent == []


def test_a_job_that_was_cancelled_meanwhile_ends_cancelled() -> None:
    attempt = create(mark="cancelled")
    assert attempt.state == "cancelled"
    assert attempt.api.sent == []


def test_a_create_that_is_not_there_and_was_cancelled_ends_cancelled() -> None:
    attempt = create(mark="cancelled", reads=answering(), **LATE)
    assert attempt.state == "cancelled"


@pytest.mark.parametrize("attempted", [update, delete])
def test_a_change_that_may_have_been_made_does_not_end_cancelled(
    attempted: Callable[..., Attempt],
) -> None:
    attempt = attempted(mark="cancelled", **LATE)
    assert (attempt.state, attempt.code) == ("unknown", "unknown_outcome")


def test_an_unsent_write_past_its_deadline_expires() -> None:
    attempt = create(deadline=NOW - 1)
    assert attempt.code == "expired"
    assert attempt.ledger.marked == []


def test_a_write_in_doubt_is_looked_up_even_past_its_deadline() -> None:
    attempt = create(reads=answering(OWN_SUBNET), deadline=NOW - 1, **LATE)
    assert attempt.state == "done"


# --- answers that surely changed nothing


@pytest.mark.parametrize("attempted", [create, update, delete, configure])
@pytest.mark.parametrize("reply", [Answer(429), NOT_SENT], ids=str)
def test_what_was_surely_not_applied_waits_and_is_not_in_doubt(
    attempted: Callable[..., Attempt], reply: Reply
) -> None:
    attempt = attempted(reply)
    assert attempt.parked.wait_seconds == 5
    assert not attempt.parked.in_doubt
    assert len(attempt.api.looked_up) == (attempted is configure)


def test_a_retry_after_is_obeyed() -> None:
    assert create(Answer(429, retry_after="33")).parked.wait_seconds == 33


@pytest.mark.parametrize("status", [400, 401, 403, 404, 501])
@pytest.mark.parametrize("attempted", [create, update, delete, configure])
def test_a_refusal_is_final(attempted: Callable[..., Attempt], status: int) -> None:
    attempt = attempted(Answer(status, text="no"))
    assert attempt.state == "failed"
    assert attempt.code == ("not_configured" if status == 401 else "refused")


# --- conflicts


def test_a_conflict_with_the_job_s_own_object_adopts_it() -> None:
    attempt = create(Answer(409), reads=answering(OWN_SUBNET), tries=1)
    assert (attempt.state, attempt.result) == ("done", OWN_SUBNET)


@pytest.mark.parametrize("found", [FOREIGN_SUBNET, SUBNET | {"tags": None}])
def test_a_conflict_with_a_foreign_object_is_a_conflict(found: Row) -> None:
    attempt = create(Answer(409), reads=answering(found))
    assert (attempt.state, attempt.code) == ("failed", "conflict")
    assert "address '10.0.1.0', cidr 24 is taken by ipam/subnet/9" in attempt.message


def test_the_own_object_is_found_among_foreign_ones() -> None:
    attempt = create(Answer(409), reads=answering(FOREIGN_SUBNET, OWN_SUBNET))
    assert attempt.state == "done"


def test_a_conflict_with_nothing_to_be_seen_is_a_conflict_too() -> None:
    attempt = create(Answer(409, text="overlaps"), reads=answering())
    assert (attempt.state, attempt.code) == ("failed", "conflict")


@pytest.mark.parametrize("attempted", [update, delete])
def test_a_conflict_of_a_change_is_final(attempted: Callable[..., Attempt]) -> None:
    attempt = attempted(Answer(409))
    assert attempt.code == "conflict"
    assert attempt.api.looked_up == []


def test_a_conflict_that_cannot_be_looked_up_stays_in_doubt() -> None:
    attempt = create(Answer(409), reads=broken)
    assert attempt.parked.in_doubt
    assert attempt.parked.note.strip(" ;") != "outcome unknown"


def test_a_look_up_asks_for_the_natural_key() -> None:
    attempt = create(Answer(409), reads=answering())
    (request,) = attempt.api.looked_up
    assert request.path == "/api/ddi/v1/ipam/subnet"
    assert dict(request.query)["_filter"] == (
        'space=="ipam/ip_space/5" and address=="10.0.1.0" and cidr==24'
    )


def test_a_busy_vpn_service_is_waited_for() -> None:
    attempt = configure(Answer(409), reads=answering())
    assert attempt.parked.wait_seconds == 5
    assert not attempt.parked.in_doubt
    assert [request.path for request in attempt.api.looked_up] == [SERVICES, SERVICES]


def test_a_vpn_service_of_this_job_is_adopted_with_what_belongs_to_it() -> None:
    def reads(request: Request) -> Reply:
        rows = {
            SERVICES: [OWN_SERVICE],
            "/api/universalinfra/v1/endpoints": [
                {"id": "e1", "name": "berlin", "universal_service_id": "s1", "value": PSK},
                {"id": "e2", "name": "paris", "universal_service_id": "s2"},
            ],
        }
        return Answer(200, {"results": rows.get(request.path, [])})

    attempt = configure(Answer(409), reads=reads)
    assert attempt.state == "done"
    assert attempt.result["universal_service"] == {"id": SERVICE["id"], "name": "prod"}
    assert attempt.result["endpoints"] == [{"id": "e1", "name": "berlin"}]
    assert PSK not in str(attempt.step)


def test_a_vpn_service_of_somebody_else_is_a_conflict() -> None:
    attempt = configure(Answer(409), reads=answering(SERVICE))
    assert (attempt.state, attempt.code) == ("failed", "conflict")


def test_a_service_with_a_similar_name_is_nobody_s() -> None:
    attempt = configure(Answer(409), reads=answering(SERVICE | {"name": "prod 2"}))
    assert isinstance(attempt.step, Parked)


def test_a_busy_service_is_waited_for_when_it_is_changed_too() -> None:
    attempt = reconfigure(Answer(409))
    assert attempt.parked.wait_seconds == 5


# --- unknown outcomes


DOUBTFUL = [Answer(500), Answer(502), Answer(503), Answer(504), LOST]


@pytest.mark.parametrize("reply", DOUBTFUL, ids=str)
def test_a_lost_answer_is_looked_up_and_the_own_object_adopted(reply: Reply) -> None:
    attempt = create(reply, reads=answering(OWN_SUBNET))
    assert (attempt.state, attempt.result) == ("done", OWN_SUBNET)


@pytest.mark.parametrize("reply", DOUBTFUL, ids=str)
def test_a_lost_answer_with_a_foreign_object_is_a_conflict(reply: Reply) -> None:
    assert create(reply, reads=answering(FOREIGN_SUBNET)).code == "conflict"


@pytest.mark.parametrize("reply", DOUBTFUL, ids=str)
@pytest.mark.parametrize(
    ("attempted", "settle"),
    [(create, SETTLE), (update, SETTLE), (delete, SETTLE), (configure, CONFIGURE_SETTLE)],
)
def test_a_lost_answer_with_nothing_found_waits_until_it_cannot_arrive_any_more(
    attempted: Callable[..., Attempt], settle: float, reply: Reply
) -> None:
    attempt = attempted(reply)
    assert attempt.parked.in_doubt
    assert attempt.parked.wait_seconds == settle
    assert len(attempt.api.sent) == 1


@pytest.mark.parametrize("reply", DOUBTFUL, ids=str)
def test_a_changed_vpn_whose_answer_was_lost_is_looked_for_later(reply: Reply) -> None:
    attempt = reconfigure(reply, reads=service_of(["r1"]))
    assert attempt.parked.in_doubt
    assert attempt.parked.wait_seconds == CONFIGURE_SETTLE
    assert attempt.ledger.memo is not None
    assert attempt.ledger.memo["changes_before"] == ["r1"]


@pytest.mark.parametrize("reads", [broken, lambda _request: LOST])
def test_a_look_up_that_fails_is_tried_again_later(reads: Callable[[Request], Reply]) -> None:
    attempt = create(LOST, reads=reads)
    assert attempt.parked.in_doubt
    assert attempt.parked.wait_seconds == 5


def test_a_look_up_that_fails_until_the_deadline_leaves_the_outcome_unknown() -> None:
    assert create(reads=broken, deadline=NOW - 1, **LATE).state == "unknown"


@pytest.mark.parametrize("attempted", [create, update, delete, configure])
def test_a_write_in_doubt_is_not_sent_again_too_early(
    attempted: Callable[..., Attempt],
) -> None:
    attempt = attempted(**EARLY)
    assert attempt.parked.in_doubt
    assert attempt.parked.wait_seconds == 9
    assert attempt.api.sent == []
    assert attempt.ledger.marked == []


@pytest.mark.parametrize("attempted", [create, configure])
def test_a_write_in_doubt_is_looked_up_before_anything_else(
    attempted: Callable[..., Attempt],
) -> None:
    attempt = attempted(Answer(200, {"result": SUBNET}), **LATE)
    assert attempt.state == "done"
    assert (len(attempt.api.looked_up), len(attempt.api.sent)) == (1, 1)


@pytest.mark.parametrize("attempted", [create, update, delete])
def test_a_write_in_doubt_is_sent_again_once_it_cannot_arrive_any_more(
    attempted: Callable[..., Attempt],
) -> None:
    attempt = attempted(Answer(200, {"result": SUBNET}), **LATE)
    assert attempt.state == "done"
    assert attempt.ledger.marked == [SETTLE]


def test_a_second_lost_answer_waits_for_its_own_time() -> None:
    attempt = create(LOST, **LATE, resends=0)
    assert attempt.parked.wait_seconds == SETTLE


@pytest.mark.parametrize("attempted", [create, update, delete, configure])
def test_after_three_sends_the_outcome_is_unknown(attempted: Callable[..., Attempt]) -> None:
    attempt = attempted(**LATE | {"tries": 3}, resends=MOST_RESENDS)
    assert (attempt.state, attempt.code) == ("unknown", "unknown_outcome")
    assert attempt.api.sent == []


def test_an_unknown_outcome_names_what_to_read() -> None:
    attempt = configure(**LATE, resends=MOST_RESENDS)
    assert isinstance(attempt.step, Ended)
    assert attempt.step.outcome.problem is not None
    assert "'prod'" in attempt.step.outcome.problem.message


def test_a_change_that_left_no_entry_in_the_log_is_sent_again() -> None:
    attempt = reconfigure(Answer(200, {}), reads=service_of(["r1"]), **SENT_AFTER_R1)
    assert attempt.state == "done"
    assert len(attempt.api.sent) == 1


def test_a_change_that_is_in_the_log_and_to_be_seen_is_done() -> None:
    reads = service_of(["r1", "r2"], description="new")
    attempt = reconfigure(reads=reads, **SENT_AFTER_R1)
    assert attempt.state == "done"
    assert attempt.result["universal_service"] == {"id": SERVICE["id"], "name": "prod"}


@pytest.mark.parametrize("memo", [{"changes_before": ["r1"]}, {}])
def test_a_service_that_others_changed_too_is_unknown(memo: dict[str, Any]) -> None:
    reads = service_of(["r1", "r2"], description="of somebody else")
    attempt = reconfigure(reads=reads, **SENT_AFTER_R1 | {"memo": memo})
    assert (attempt.state, attempt.code) == ("unknown", "unknown_outcome")
    assert isinstance(attempt.step, Ended)
    assert "universal_service.description" in str(attempt.step.outcome.problem)


def test_a_new_key_value_can_only_be_told_from_the_log() -> None:
    value = {"id": "k1", "type": "psk", "name": "k", "value": PSK}
    payload = {**CHANGE_PAYLOAD, "credentials": {"update": [value]}}
    reads = service_of(["r1"], description="new")
    tool, arguments = "configure_vpn_infrastructure", sealed(payload)
    attempt = Attempt(
        tool,
        arguments,
        Answer(200, {}),
        reads=reads,
        **SENT_AFTER_R1,
    )
    assert (attempt.state, len(attempt.api.sent)) == ("done", 1)
    again = Attempt(
        tool,
        arguments,
        reads=service_of(["r1", "r2"], description="new"),
        **SENT_AFTER_R1,
    )
    assert (again.state, again.api.sent) == ("done", [])


def test_a_secret_that_cannot_be_opened_any_more_leaves_a_sent_job_unknown() -> None:
    assert configure(id="job-2", **LATE).state == "unknown"


# --- deletes


def test_a_second_delete_that_finds_nothing_has_succeeded() -> None:
    attempt = delete(Answer(404), **LATE)
    assert (attempt.state, attempt.result) == ("done", None)


def test_a_first_delete_that_finds_nothing_is_refused() -> None:
    assert delete(Answer(404)).code == "refused"


def test_a_delete_sent_again_after_a_pause_that_finds_nothing_has_succeeded() -> None:
    attempt = delete(Answer(404), tries=2, resends=1)
    assert attempt.state == "done"


# --- taking the next free object


def taken(request: Request) -> Reply:
    """Answer with the allocated subnet, as the API would: by its tag, not by the request."""
    query = dict(request.query)
    row = OWN_SUBNET | {"address": "10.0.7.0"}
    by_tag = re.search(r'infoblox_mq_job=="job-1"', query.get("_tfilter", ""))
    asked_otherwise = "nextavailable" in query.get("_filter", "")
    return Answer(200, {"results": [row] if by_tag and not asked_otherwise else []})


@pytest.mark.parametrize("in_doubt", [{}, LATE])
def test_a_lost_allocation_is_found_by_its_tag_and_not_repeated(in_doubt: dict[str, Any]) -> None:
    attempt = Attempt("create_subnet", TAKE, LOST, reads=taken, **in_doubt)
    assert attempt.state == "done"
    assert attempt.result["address"] == "10.0.7.0"


def test_an_allocation_that_conflicts_is_a_conflict() -> None:
    attempt = Attempt("create_subnet", TAKE, Answer(409, text="no room"), reads=answering())
    assert attempt.code == "conflict"


def test_a_tag_filter_the_server_does_not_know_does_not_adopt_a_foreign_object() -> None:
    attempt = Attempt("create_subnet", TAKE, LOST, reads=answering(FOREIGN_SUBNET))
    assert isinstance(attempt.step, Parked)


# --- replays


REPLAY: dict[str, Any] = {"replays": ("job-0", "job-00")}
OLD_SUBNET = SUBNET | {"tags": {"infoblox_mq_job": "job-00"}}


def test_a_replay_adopts_what_the_job_it_repeats_has_made() -> None:
    attempt = create(reads=answering(OLD_SUBNET), **REPLAY)
    assert (attempt.state, attempt.result) == ("done", OLD_SUBNET)
    assert (attempt.api.sent, attempt.ledger.marked) == ([], [])


def test_a_replay_of_a_configure_adopts_the_service() -> None:
    service = SERVICE | {"tags": {"infoblox_mq_job": "job-0"}}
    attempt = configure(reads=answering(service), **REPLAY)
    assert attempt.state == "done"
    assert attempt.api.sent == []


def test_a_replay_that_takes_the_next_free_one_looks_for_every_owner() -> None:
    attempt = Attempt("create_subnet", TAKE, reads=answering(OLD_SUBNET), **REPLAY)
    assert (attempt.state, attempt.result) == ("done", OLD_SUBNET)
    assert attempt.api.sent == []


def test_a_replay_finds_somebody_else_s_object_in_the_way() -> None:
    attempt = create(reads=answering(FOREIGN_SUBNET), **REPLAY)
    assert attempt.code == "conflict"
    assert attempt.api.sent == []


def test_a_replay_that_finds_nothing_is_sent() -> None:
    attempt = create(Answer(200, {"result": SUBNET}), reads=answering(), **REPLAY)
    assert attempt.state == "done"
    assert (len(attempt.api.looked_up), len(attempt.api.sent)) == (1, 1)


def test_a_replay_that_was_sent_already_does_not_look_first() -> None:
    attempt = create(Answer(200, {"result": SUBNET}), tries=1, **REPLAY)
    assert attempt.state == "done"
    assert attempt.api.looked_up == []


@pytest.mark.parametrize("attempted", [update, delete])
def test_a_replay_that_cannot_be_looked_up_is_sent(attempted: Callable[..., Attempt]) -> None:
    attempt = attempted(Answer(200, {"result": SUBNET}), **REPLAY)
    assert attempt.state == "done"
    assert attempt.api.looked_up == []


def test_a_replay_whose_look_up_fails_waits_and_has_sent_nothing() -> None:
    attempt = create(reads=broken, **REPLAY)
    assert attempt.parked.wait_seconds == 5
    assert not attempt.parked.in_doubt
    assert attempt.api.sent == []
