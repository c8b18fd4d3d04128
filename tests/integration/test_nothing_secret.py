"""What people and hosts are shown of a job holds no secret, whatever its tool was given or told."""

import json
from collections.abc import Callable
from typing import Any

from infoblox_mq.commands.jobs import described
from tests.integration.test_commands import run
from tests.support.calls import Json, ask, front_settings, vpn_payload
from tests.support.chaos import rows
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack

Begin = Callable[..., Stack]
PSK = "canary-psk-2b1f9d7c"
TSIG = "Y2FuYXJ5LXRzaWctNWU4YQ=="
TSIG_KEYS = "/api/ddi/v1/keys/tsig"


def calls(sandbox: Sandbox) -> list[tuple[str, Json]]:
    psk: Json = {"name": "canary-key", "value": PSK}
    payload = {"vpn_payload": vpn_payload("canary", psk=PSK)}
    tsig: Json = {"name": "canary.example.", "secret": TSIG}
    each: list[tuple[str, Json]] = [
        ("create_vpn_credential", psk),
        ("configure_vpn_infrastructure", payload),
        ("create_tsig_key", tsig),
    ]
    inner = [
        {"tool": "create_vpn_credential", "arguments": psk | {"name": "canary-bulk"}},
        {"tool": "create_tsig_key", "arguments": tsig | {"name": "bulk.example."}},
        {"tool": "create_vpn_credential", "arguments": psk},
    ]
    key = next(rows(sandbox, TSIG_KEYS))["id"]
    return [
        *each,
        *((tool, arguments | {"dry_run": True}) for tool, arguments in each),
        ("bulk_call", {"calls": inner}),
        ("bulk_call", {"calls": inner, "dry_run": True}),
        ("update_tsig_key", {"id": key, "secret": TSIG, "comment": "c"}),
        ("get_tsig_key", {"id": key}),
        ("list_tsig_keys", {}),
        ("list_dns_views", {}),
        ("list_vpn_credentials", {}),
    ]


def test_no_answer_and_no_view_of_a_job_holds_a_secret(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox", "niosxaas")
    settings = front_settings(here.env, wait_seconds=40)
    seeded = {str(row["secret"]) for row in rows(sandbox, TSIG_KEYS)}
    assert seeded
    wanted = calls(sandbox)
    answers = [ask(settings, call)[0] for call in wanted]
    # What exists by then is a conflict for a plan.
    broken = [
        answer
        for answer in answers
        if answer["status"] != "done" and answer.get("error", {}).get("code") != "conflict"
    ]
    assert broken == []
    job_ids = [answer["job_id"] for answer in answers if "job_id" in answer]
    bulk = next(answer["job_id"] for answer in answers if answer["tool"] == "bulk_call")
    job_ids += [f"{bulk}-{index:04}" for index in range(3)]
    stored = {str(row["secret"]) for row in rows(sandbox, TSIG_KEYS)}
    secrets = {PSK, TSIG, sandbox.key, *seeded, *stored}
    seen: list[Any] = [*answers, *here.logs]
    for job_id in job_ids:
        seen += ask(settings, ("job_status", {"job_id": job_id}), ("job_wait", {"job_id": job_id}))
        found = here.ledger().read(job_id)
        seen.append(described(found) if found else "")
    seen.append(run("jobs", "show", bulk, env=here.env).stdout)
    seen.append(run("jobs", "show", bulk, "--json", env=here.env).stdout)
    text = json.dumps(seen)
    assert {secret for secret in secrets if secret in text} == set()
    # They did arrive, so their absence says something.
    assert TSIG in stored


def test_a_secret_that_was_asked_for_is_the_callers_alone(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox")
    (answer,) = ask(front_settings(here.env), ("generate_tsig_secret", {}))
    secret = answer["result"]["secret"]
    assert len(secret) > 20
    assert secret not in run("jobs", "show", answer["job_id"], "--json", env=here.env).stdout
    assert secret not in "".join(here.logs)
