"""Keys: TSIG and Kerberos keys as other objects name them, and the keys themselves."""

from typing import Annotated, Literal

from shared.catalog import Args, Kind, Query, WriteArgs
from shared.operations.arguments import Comment, Tags, maybe, need
from shared.operations.ids import KerberosKeyId, TsigKeyId
from shared.operations.resource import DDI, Resource

KERBEROS = Resource(
    kind="keys/kerberos",
    called="a Kerberos key",
    toolset="dns",
    noun="kerberos_key",
    binned=False,
)


TSIG = Resource(
    kind="keys/tsig",
    called="a TSIG key",
    toolset="dns",
    noun="tsig_key",
    binned=False,
    # Each answer has it, and nothing of ours needs it.
    hidden=("secret",),
)
Algorithm = Literal["hmac_sha1", "hmac_sha224", "hmac_sha256", "hmac_sha384", "hmac_sha512"]


class TsigKey(Args):
    """A TSIG key, by its id; its secret stays in Infoblox."""

    key: TsigKeyId


class KerberosKey(Args):
    """A Kerberos key, by its id."""

    key: KerberosKeyId


class KerberosFields(WriteArgs):
    """What can be said of a Kerberos key."""

    comment: Comment = None
    tags: Tags = None


class TsigFields(WriteArgs):
    """What can be said of a TSIG key."""

    name: str | None = maybe("A domain name, as both sides must call it", max_length=255)
    algorithm: Algorithm | None = None
    secret: str | None = maybe("Base64; unset: Infoblox makes one", min_length=1, max_length=500)
    comment: Comment = None
    tags: Tags = None


class CreateTsigKey(TsigFields):
    """Create a TSIG key, which signs zone transfers and updates. Its secret is never shown again:
    give the one that the other side has, such as one of generate_tsig_secret."""

    name: str = need("A domain name, as both sides must call it", min_length=1, max_length=255)


class UploadKerberosKeytab(KerberosFields):
    """Upload a keytab file with Kerberos keys. Its content is never shown again."""

    content: str = need("Base64 of the file", min_length=1)
    type: str = need("KEYTAB", pattern="^[A-Z_]{1,30}$")


OPERATIONS = (
    TSIG.listed("List TSIG keys, without their secrets."),
    TSIG.read("Read a TSIG key by its id, without its secret."),
    TSIG.created(CreateTsigKey, key=("name",), sensitive=("secret",)),
    TSIG.changed("", TsigFields, sensitive=("secret",)),
    TSIG.deleted("Delete a TSIG key. One that is in use stays."),
    TSIG.looked(
        "generate_tsig_secret",
        "Make up a TSIG secret",
        "Make up a secret for a TSIG key. It is shown to you alone, and kept nowhere in Infoblox.",
        by_id=False,
        path=f"{DDI}/keys/generate_tsig",
        fields={"algorithm": (Annotated[Algorithm | None, Query("algorithm")], None)},
        envelope="result",
        single=True,
        hidden=(),
        sealed=("secret",),
    ),
    KERBEROS.listed(),
    KERBEROS.read(),
    KERBEROS.changed("", KerberosFields),
    KERBEROS.deleted(),
    KERBEROS.row(
        "upload_kerberos_keytab",
        "Upload a keytab",
        UploadKerberosKeytab.__doc__ or "",
        base=UploadKerberosKeytab,
        kind=Kind.ACTION,
        method="POST",
        path=f"{DDI}/keys/upload",
        envelope="",
        targets=("type",),
        sensitive=("content",),
        look="list_kerberos_keys",
    ),
)
