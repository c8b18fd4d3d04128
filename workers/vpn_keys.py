"""Pre-shared keys of the account. Its other keys, API keys among them, share the path: they are
neither shown, nor used, nor deleted."""

from collections.abc import Mapping
from typing import Any

from shared.errors import Conflict, Refused, UnknownOutcome
from shared.identifiers import segment
from shared.wire import Request, pick
from workers.caller import Caller
from workers.csp import Answer
from workers.judge import NOT_FOUND
from workers.moves import Finished, Json, Move, Send, Work
from workers.reconcile import LookupFailed

KEYS = "/api/iam/v2/keys"
PSK = "psk"
SUFFIX_LENGTH = 8
_SHOWN = ("id", "name", "key_type", "active", "description")


def list_credentials(caller: Caller, arguments: Mapping[str, Any]) -> Json:
    """Return the pre-shared keys without their values; the API knows no filter here."""
    part = (arguments.get("name_filter") or "").lower()
    rows = [_shown(row) for row in keys(caller) if part in str(row.get("name")).lower()]
    start, limit = arguments["offset"], arguments["limit"]
    more = len(rows) > start + limit
    return {
        "items": rows[start : start + limit],
        "next_offset": start + limit if more else None,
        "total": len(rows),
    }


def get_credential(caller: Caller, arguments: Mapping[str, Any]) -> Json:
    """Return one pre-shared key without its value."""
    found = _one(caller, arguments["credential_id"])
    if found is None:
        raise _no_such(arguments["credential_id"])
    return _shown(found)


def create_credential(work: Work) -> Move:
    """Return the next move; the name ends in a part of the job's id, so that it is known again."""
    own = work.arguments["unique_suffix"]
    name = work.arguments["name"]
    if own:
        name = suffixed(name, work.job.id)
    found = named(work.look, name)
    if found is not None:
        if own:
            return Finished(_shown(found))
        if work.unsure:
            raise UnknownOutcome(
                f"the key was sent, and a key {name!r} exists: whether with your value, nobody can "
                "see"
            )
        raise Conflict(f"name: a key {name!r} already exists: {found['id']}")
    body = {
        "name": name,
        "source_id": PSK,
        "key_type": PSK,
        "active": True,
        "key_data": {PSK: work.arguments["value"]},
    }
    return Send(
        Request("POST", KEYS, KEYS, body=body, safe=False),
        lambda answer: Finished(_shown(pick(answer, "results") or {"name": name})),
        f"create key {name}",
    )


def delete_credential(work: Work) -> Move:
    """Return the next move: look what kind of key it is, then delete it."""
    key_id = work.arguments["credential_id"]
    found = _one(work.look, key_id)
    if found is None and work.unsure:
        return Finished({"id": key_id})
    if found is None:
        raise _no_such(key_id)
    request = Request("DELETE", f"{KEYS}/{segment(key_id)}", f"{KEYS}/{{id}}", safe=False)
    return Send(request, lambda _body: Finished(_shown(found)), f"delete key {found['name']}")


def suffixed(name: str, job_id: str) -> str:
    """Return a name that only this job gives."""
    bulk, _, index = job_id.partition("-")
    return f"{name}-{bulk[: SUFFIX_LENGTH - len(index)]}{index}"


def named(look: Caller, name: str) -> Json | None:
    """Return the pre-shared key of this exact name; another kind of key by that name is an error,
    because names are unique over all kinds."""
    for row in _every(look):
        if row.get("name") == name:
            if row.get("key_type") != PSK:
                raise Conflict(f"name: {name!r} is a key of another kind")
            return row
    return None


def keys(look: Caller) -> list[Json]:
    """Return all pre-shared keys."""
    return [row for row in _every(look) if row.get("key_type") == PSK]


def _every(look: Caller) -> list[Json]:
    reply = look(Request("GET", KEYS, KEYS))
    if not isinstance(reply, Answer) or not reply.ok:
        raise LookupFailed(reply)
    return list(pick(reply.body, "results") or [])


def _one(look: Caller, key_id: str) -> Json | None:
    reply = look(Request("GET", f"{KEYS}/{segment(key_id)}", f"{KEYS}/{{id}}"))
    if isinstance(reply, Answer) and reply.status == NOT_FOUND:
        return None
    if not isinstance(reply, Answer) or not reply.ok:
        raise LookupFailed(reply)
    found = dict(pick(reply.body, "result") or pick(reply.body, "results") or {})
    if found.get("key_type") != PSK:
        raise Refused(
            f"credential_id: {key_id} is not a pre-shared key",
            advice="list_vpn_credentials shows those that are. Nothing was done.",
        )
    return found


def _no_such(key_id: str) -> Refused:
    return Refused(
        f"credential_id: there is no pre-shared key {key_id}",
        advice="list_vpn_credentials shows those there are.",
    )


def _shown(row: Mapping[str, Any]) -> Json:
    return {name: row[name] for name in _SHOWN if row.get(name) is not None}
