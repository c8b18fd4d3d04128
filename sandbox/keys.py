"""Credentials of an account under /api/iam/v2/keys: tunnels, clouds and the API share one list."""

from __future__ import annotations

from sandbox.account import Account
from sandbox.errors import invalid, listed
from sandbox.places import CREDENTIALS
from sandbox.resource import Resource, Service
from sandbox.schema import Row, fields

IAM = Service("/api/iam/v2", listed, deleted=204)

KEY = """
    id: string readonly
    account_id: string readonly
    name: string required size=1..256
    source_id: string required words=psk|aws|azure
    key_type: string required words=psk|id_and_secret
    key_data: object required
    active: boolean
    description: string
"""


def prepare(account: Account, row: Row, _before: Row | None) -> Row:
    """Refuse a key without its secret."""
    secret = row["key_data"].get("psk")
    if row["key_type"] == "psk" and not (isinstance(secret, str) and secret):
        raise invalid("key_data.psk is required")
    return {"account_id": account.name, "description": "", "active": True, **row}


KEY_RESOURCE = Resource(
    IAM,
    CREDENTIALS,
    fields(KEY),
    collection_methods=frozenset({"GET", "POST"}),
    # A key that tunnels use can be deleted as well: nothing shows that it is refused.
    item_methods=frozenset({"GET", "DELETE"}),
    item_key="results",
    unique=("name",),
    prepare=prepare,
    natural=lambda row: f"name={row['name']}",
)

RESOURCES = (KEY_RESOURCE,)
