"""The body of every write, as the official client's models read it: types, enums, known fields.

Which model belongs to which operation is told by the contract, so this needs it too.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from pydantic import BaseModel

from shared.wire import build
from tests.contract.test_infoblox_contract import OPERATIONS, row_of
from tests.support.plausible import arguments, checked

# Its model knows less than the API, as its own notes or other clients of the vendor show.
UNKNOWN_THERE = {
    "copy_auth_zone": {"id"},
    "copy_forward_zone": {"id"},
    "send_dhcp_lease_command": {"range", "subnet"},
}
MODELLED = [op for op in OPERATIONS if (op.get("body") or {}).get("schema")]


def model_of(op: dict[str, Any]) -> Any:
    package, _, name = op["body"]["schema"].partition(".")
    return getattr(import_module(f"{package}.models"), name)


def strangers(model: BaseModel, place: str = "") -> Iterator[str]:
    """Yield the fields that the models have no place for."""
    yield from (f"{place}{name}" for name in getattr(model, "additional_properties", {}))
    for name in type(model).model_fields:
        value = getattr(model, name)
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, BaseModel):
                yield from strangers(inner, f"{place}{name}.")


# What an update leaves alone, and the models demand.
STAYS = {"id": "5", "view": "dns/view/5", "federated_realm": "federation/federated_realm/5"}
# The models demand of a PATCH what a POST must have, so the least of it says nothing.
CASES = [
    pytest.param(op, everything, id=f"{op['tool']}-{'all' if everything else 'least'}")
    for op in MODELLED
    for everything in (True, False)
    if everything or op["method"] != "PATCH"
]


@pytest.mark.parametrize(("op", "everything"), CASES)
def test_the_official_models_take_the_body(op: dict[str, Any], everything: bool) -> None:
    row = row_of(op)
    body = build(row, checked(row, arguments(row, everything=everything)), mark="job-1").body
    assert body is not None
    stays = STAYS if op["method"] == "PATCH" else {}
    found = model_of(op).from_dict(stays | body)
    assert set(strangers(found)) <= set(stays)
    kept = set(found.to_dict()) | UNKNOWN_THERE.get(op["tool"], set())
    assert set(body) <= kept
