"""Keys that sign DNS updates: TSIG secrets and Kerberos keys, under /keys."""

from __future__ import annotations

import base64
import hashlib

from sandbox.account import Account
from sandbox.calls import Answer, Call, answer
from sandbox.ddi_base import DDI, STAMPED, collection, operation, unless_named_in
from sandbox.dns.names import domain, dotted, punycode
from sandbox.errors import invalid
from sandbox.schema import Row, checked, fields

TSIG = "keys/tsig"
KERBEROS = "keys/kerberos"
SIZES = {
    "hmac_sha1": 20,
    "hmac_sha224": 28,
    "hmac_sha256": 32,
    "hmac_sha384": 48,
    "hmac_sha512": 64,
}
KINDS = "|".join(SIZES)
TSIG_KEYS = f"""{STAMPED}
    algorithm: string words={KINDS} default=hmac_sha256
    name: string required size=1..255
    protocol_name: string readonly
    secret: string
"""
KERBEROS_KEYS = """
    id: string readonly
    algorithm: string readonly
    comment: string size=0..1024
    domain: string readonly
    principal: string readonly
    tags: object
    uploaded_at: string readonly
    version: integer readonly
"""
UPLOAD = fields("""
    comment: string size=0..1024
    content: string required size=1..1000000
    tags: object
    type: string required words=KEYTAB|UNKNOWN
""")


def prepare(account: Account, row: Row, _before: Row | None) -> Row:
    """Complete a key; without a secret it gets one."""
    name = dotted(domain(row["name"], field="name"))
    secret = row.get("secret") or _secret(account, row["algorithm"])
    return {"comment": "", "tags": {}, **row, "protocol_name": punycode(name), "secret": secret}


def _secret(account: Account, algorithm: str) -> str:
    drawn = hashlib.sha512(account.entropy.token().encode()).digest()
    return base64.b64encode(drawn[: SIZES[algorithm]]).decode()


def generate(call: Call) -> Answer:
    """Make up a secret."""
    algorithm = call.query.get("algorithm", "hmac_sha256")
    if algorithm not in SIZES:
        raise invalid(f"Invalid algorithm: one of {', '.join(SIZES)} is expected")
    return answer(200, {"result": {"secret": _secret(call.account, algorithm)}})


def upload(call: Call) -> Answer:
    """Read a key table; one key is made of it."""
    account = call.account
    body = checked(UPLOAD, call.body, partial=False)
    digest = hashlib.sha256(body["content"].encode()).hexdigest()[:12]
    row = {
        "algorithm": "aes256-cts-hmac-sha1-96",
        "comment": body.get("comment") or "",
        "domain": "CORP.EXAMPLE.COM",
        "principal": f"DNS/{digest}.corp.example.com",
        "tags": body.get("tags") or {},
        "uploaded_at": account.now(),
        "version": 1,
    }
    made = account.add(KERBEROS, row)
    call.wrote(f"upload {KERBEROS} {digest}")
    return answer(DDI.created, {"kerberos_keys": {"items": [made]}, "warning": ""})


RESOURCES = (
    collection(
        TSIG,
        TSIG_KEYS,
        unique=("name",),
        deletable=unless_named_in("dns/acl", "dns/auth_zone", "dns/view", "dns/server"),
        prepare=prepare,
    ),
    collection(KERBEROS, KERBEROS_KEYS, serves="list get update delete"),
)
OPERATIONS = {
    **operation("keys/generate_tsig", "GET", generate, query=frozenset({"algorithm"})),
    **operation("keys/upload", "POST", upload),
}
