"""Writes to services that replace whole objects, answer 409 while busy, or say 400 for gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.wire import Request
from tests.unit.fakes import NOW, Reply
from tests.unit.workers.test_writes import LOST, SEALER, Attempt, answering, broken, canonical
from workers.csp import Answer

Row = dict[str, Any]
LATE: Row = {"sending": True, "tries": 1, "send_until": NOW - 1}
LISTS = "/api/atcfw/v1/named_lists"
OLD = {
    "name": "mine",
    "type": "custom_list",
    "description": "old",
    "threat_level": "LOW",
    "item_count": 3,
}
ENTRIES = [{"item": f"{name}.example", "description": name, "status": "ACTIVE"} for name in "abc"]
ENDPOINT = {"universal_service_id": "s1", "name": "fra", "service_ip": "10.0.0.3", "size": "S"}
NEW_ENDPOINT = canonical(
    "create_vpn_endpoint",
    **ENDPOINT,
    service_location="AWS Europe (Frankfurt)",
    neighbour_ips=[],
)
BUSY = Answer(409, text="another operation is in progress")


def stored(*entries: Row, page: int = 2, **fields: Any) -> Callable[[Request], Reply]:
    """Answer as a service that shows so many entries at once, whatever is asked for."""

    def reads(request: Request) -> Reply:
        start = int(dict(request.query).get("_offset", "0"))
        return Answer(
            200, {"results": OLD | fields | {"items_described": entries[start : start + page]}}
        )

    return reads


def relist(*replies: Reply, reads: Callable[[Request], Reply], **given: Any) -> Attempt:
    arguments = canonical("update_named_list", list_id=5, **given)
    return Attempt("update_named_list", arguments, *replies, reads=reads)


# --- replacing


def test_a_replacement_keeps_what_is_not_given() -> None:
    attempt = relist(Answer(201, {"results": OLD}), reads=stored(*ENTRIES), description="new")
    assert attempt.state == "done"
    assert attempt.api.sent[0].body == {
        "name": "mine",
        "type": "custom_list",
        "description": "new",
        "threat_level": "LOW",
        "items_described": [
            {"item": one["item"], "description": one["description"]} for one in ENTRIES
        ],
    }


def test_what_is_given_in_another_form_takes_the_place_of_what_is_there() -> None:
    attempt = relist(Answer(201, {}), reads=stored(*ENTRIES), items=["new.example"])
    body = attempt.api.sent[0].body or {}
    assert body["items"] == ["new.example"]
    assert "items_described" not in body
    assert len(attempt.api.looked_up) == 1


def test_a_replacement_of_what_is_not_there_is_refused_unsent() -> None:
    attempt = relist(reads=lambda _request: Answer(404, text="no list"), description="new")
    assert attempt.code == "refused"
    assert attempt.api.sent == []


def test_a_replacement_waits_until_it_can_read() -> None:
    attempt = relist(reads=broken, description="new")
    assert not attempt.parked.in_doubt
    assert attempt.api.sent == []


def test_ids_of_the_cloud_platform_are_kept_bare() -> None:
    there = ENDPOINT | {"universal_service_id": "infra/universal_service/s1", "cnames": ["x"]}
    attempt = Attempt(
        "update_vpn_endpoint",
        canonical("update_vpn_endpoint", endpoint_id="e1", size="M"),
        Answer(200, {"result": there}),
        reads=lambda _request: Answer(200, {"result": there}),
    )
    assert attempt.api.sent[0].body == ENDPOINT | {"size": "M"}


# --- busy


def endpoint(*replies: Reply, **more: Any) -> Attempt:
    return Attempt("create_vpn_endpoint", NEW_ENDPOINT, *replies, **more)


def there(**fields: Any) -> Row:
    full = {"id": "infra/endpoint/e9", "universal_service_id": "infra/universal_service/s1"}
    return ENDPOINT | full | fields


def test_a_conflict_without_a_twin_means_busy() -> None:
    attempt = endpoint(BUSY, reads=answering(there(universal_service_id="s2")))
    assert attempt.parked.wait_seconds == 5
    assert not attempt.parked.in_doubt


def test_a_conflict_with_a_foreign_twin_is_a_conflict() -> None:
    assert endpoint(BUSY, reads=answering(there())).code == "conflict"


def test_a_busy_service_may_have_carried_out_what_was_lost() -> None:
    own = there(tags={"infoblox_mq_job": "job-1"})
    assert endpoint(BUSY, reads=answering(own), **LATE).result["id"] == "infra/endpoint/e9"
    waited = endpoint(reads=answering(own), tries=2, waits=2)
    assert waited.state == "done"
    assert waited.api.sent == []


def test_patience_with_a_busy_service_ends() -> None:
    assert endpoint(BUSY, reads=answering(), tries=11, waits=11).code == "exhausted"


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("delete_vpn_endpoint", {"endpoint_id": "e1"}),
        ("delete_access_location", {"access_location_id": "a1"}),
    ],
)
def test_a_deletion_waits_while_the_service_is_busy(tool: str, given: Row) -> None:
    assert Attempt(tool, canonical(tool, **given), BUSY).parked.wait_seconds == 5


@pytest.mark.parametrize(
    ("twin", "state"), [({"id": "infra/universal_service/s2"}, "failed"), (None, "parked")]
)
def test_a_change_of_name_meets_a_twin_or_a_busy_service(twin: Row | None, state: str) -> None:
    own = {"id": "infra/universal_service/s1", "name": "old"}

    def reads(request: Request) -> Reply:
        if request.path.endswith("/s1"):
            return Answer(200, {"result": own})
        return Answer(200, {"results": [twin | {"name": "new"}] if twin else [own]})

    given = canonical("update_universal_service", service_id="s1", name="new")
    attempt = Attempt("update_universal_service", given, BUSY, reads=reads)
    if state == "parked":
        assert attempt.parked.wait_seconds == 5
    else:
        assert attempt.code == "conflict"


# --- gone


def deletion(
    tool: str, *replies: Reply, reads: Callable[[Request], Reply], **given: Any
) -> Attempt:
    return Attempt(tool, canonical(tool, **given), *replies, reads=reads, **LATE)


def gone(_request: Request) -> Reply:
    return Answer(404)


def kept(_request: Request) -> Reply:
    return Answer(200, {"results": {"id": 5}})


@pytest.mark.parametrize(("reads", "state"), [(gone, "done"), (kept, "failed")])
@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("delete_category_filter", {"filter_id": 5}),
        ("delete_security_policies", {"ids": [5, 6]}),
    ],
)
def test_a_repeated_deletion_that_is_answered_400_looks(
    tool: str, given: Row, reads: Callable[[Request], Reply], state: str
) -> None:
    assert deletion(tool, Answer(400), reads=reads, **given).state == state


def test_a_first_deletion_that_is_answered_400_is_refused_without_a_look() -> None:
    given = canonical("delete_category_filter", filter_id=5)
    attempt = Attempt("delete_category_filter", given, Answer(400), reads=gone)
    assert attempt.code == "refused"
    assert attempt.api.looked_up == []


@pytest.mark.parametrize(("reads", "state"), [(gone, "done"), (kept, "failed")])
def test_the_replay_of_a_deletion_takes_what_is_gone_for_its_own(
    reads: Callable[[Request], Reply], state: str
) -> None:
    given = canonical("delete_category_filter", filter_id=5)
    attempt = Attempt("delete_category_filter", given, Answer(400), reads=reads, replays=("job-0",))
    assert attempt.state == state


@pytest.mark.parametrize(("items", "state"), [(["b.example"], "done"), (["a.example"], "failed")])
def test_a_repeated_removal_of_items_looks_into_the_list(items: list[str], state: str) -> None:
    def reads(request: Request) -> Reply:
        assert request.path == f"{LISTS}/5"
        start = int(dict(request.query)["_offset"])
        return Answer(200, {"results": {"items": items[start:]}})

    attempt = deletion(
        "remove_named_list_items", Answer(400), reads=reads, list_id=5, items=["a.example"]
    )
    assert attempt.state == state


def test_a_deletion_in_doubt_that_cannot_be_looked_up_waits() -> None:
    attempt = deletion("delete_category_filter", Answer(400), reads=broken, filter_id=5)
    assert attempt.parked.in_doubt


# --- without a mark


REDIRECT = canonical("create_custom_redirect", name="wall", data="203.0.113.9")
FOUND = {"id": 7, "name": "wall", "data": "203.0.113.9"}


def test_what_bears_no_mark_and_is_there_after_a_lost_answer_is_nobody_knows_whose() -> None:
    attempt = Attempt("create_custom_redirect", REDIRECT, reads=answering(FOUND), **LATE)
    assert attempt.state == "unknown"
    assert attempt.api.sent == []


def test_what_bears_no_mark_and_is_not_there_is_sent_again() -> None:
    good = Answer(201, {"results": FOUND})
    assert (
        Attempt("create_custom_redirect", REDIRECT, good, reads=answering(), **LATE).result == FOUND
    )


def test_a_name_that_is_taken_is_a_conflict() -> None:
    attempt = Attempt("create_custom_redirect", REDIRECT, Answer(409), reads=answering(FOUND))
    assert attempt.code == "conflict"


def test_a_host_name_is_never_asked_for_twice() -> None:
    given = canonical("create_doh_fqdn")
    assert Attempt("create_doh_fqdn", given, LOST).state == "unknown"
    assert Attempt("create_doh_fqdn", given, **LATE).api.sent == []


# --- secrets


def test_a_bypass_code_is_in_no_message() -> None:
    given = SEALER.seal_all(
        canonical("update_access_code", access_key="s3cret", description="x"),
        ("access_key",),
        job_id="job-1",
    )
    reads = lambda _request: Answer(200, {"results": {"access_key": "s3cret", "name": "n"}})  # noqa: E731
    attempt = Attempt("update_access_code", given, LOST, reads=reads, **LATE | {"resends": 2})
    assert attempt.state == "unknown"
    assert "s3cret" not in str(attempt.step)
    sent = Attempt("update_access_code", given, Answer(201, {}), reads=reads).api.sent[0]
    assert sent.path.endswith("/s3cret")
    assert "s3cret" not in sent.shown
