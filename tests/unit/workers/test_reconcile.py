"""Finding an object again: where it was posted, by its key, and first of all by our mark."""

from __future__ import annotations

from typing import Any

from shared.operations import CATALOG
from shared.recovery import Recovery
from shared.wire import Request, build
from tests.unit.fakes import FakeApi, Reply
from workers.caller import Caller
from workers.csp import Answer, Limits
from workers.reconcile import Found, look_up


def found(tool: str, rows: list[dict[str, Any]], **given: Any) -> tuple[Found, Request]:
    row = CATALOG[tool]
    request = build(row, row.args.model_validate(given).model_dump(mode="json"), mark="job-1")

    def reads(_request: Request) -> Reply:
        return Answer(200, {"results": rows})

    api = FakeApi(reads=reads)
    assert isinstance(row.recovery, Recovery)
    seen = look_up(Caller(api, Limits(5, 30, 37)), row.recovery, request, owners=("job-1",))
    return seen, api.looked_up[0]


def test_a_zone_is_looked_for_among_its_kind_by_its_stored_name() -> None:
    seen, asked = found("create_dns_zone", [], domain="Example.com", zone_type="forward", view="5")
    assert asked.path == "/api/ddi/v1/dns/forward_zone"
    assert dict(asked.query)["_filter"] == 'view=="dns/view/5" and fqdn=="example.com."'
    assert seen.whose == "nobody"


def test_our_mark_counts_where_the_api_wrote_the_value_in_another_way() -> None:
    stored = {
        "id": "dns/record/1",
        "rdata": {"cname": "target.example."},
        "tags": {"infoblox_mq_job": "job-1"},
    }
    given = {"name": "www", "zone": "5", "target": "target.example"}
    assert found("create_cname_record", [stored], **given)[0] == Found("own", stored)
    strange = stored | {"tags": {}}
    assert found("create_cname_record", [strange], **given)[0] == Found("nobody")
    equal = strange | {"rdata": {"cname": "target.example"}}
    assert found("create_cname_record", [equal], **given)[0] == Found("foreign", equal)


def test_what_was_allocated_is_found_by_the_mark_alone() -> None:
    given = {"address": "ipam/subnet/5/nextavailableip", "space": "7"}
    mine = {"id": "ipam/address/1", "tags": {"infoblox_mq_job": "job-1"}}
    seen, asked = found("create_ip_address", [mine], **given)
    assert dict(asked.query)["_tfilter"] == 'infoblox_mq_job=="job-1"'
    assert seen == Found("own", mine)
