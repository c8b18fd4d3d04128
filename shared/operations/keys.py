"""Keys: TSIG and Kerberos keys as other objects name them, and the Kerberos keys themselves.

TSIG keys have no tools: their secret is in every answer.
"""

from shared.catalog import Args, Kind, WriteArgs
from shared.operations.arguments import Comment, Tags, need
from shared.operations.ids import KerberosKeyId, TsigKeyId
from shared.operations.resource import DDI, Resource

KERBEROS = Resource(
    kind="keys/kerberos",
    called="a Kerberos key",
    toolset="dns",
    noun="kerberos_key",
    binned=False,
)


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


class UploadKerberosKeytab(KerberosFields):
    """Upload a keytab file with Kerberos keys. Its content is never shown again."""

    content: str = need("Base64 of the file", min_length=1)
    type: str = need("KEYTAB", pattern="^[A-Z_]{1,30}$")


OPERATIONS = (
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
