"""Other ways to write a name: international domain names, and mail addresses of zones."""

from typing import Annotated

from pydantic import Field

from shared.catalog import Path
from shared.operations.arguments import Declared
from shared.operations.resource import DDI, Resource

NAMES = Resource(kind="dns", called="a DNS name", toolset="dns", noun="dns_name", tagged=False)
# One part of a path, and not one that leads elsewhere.
_PART = r"[^\s/?#%\\]*[^\s/?#%\\.]"


def _text(description: str, pattern: str) -> Declared:
    rules = Field(max_length=254, pattern=pattern, description=description)
    return Annotated[str, Path(free=True), rules], ...


OPERATIONS = (
    NAMES.looked(
        "convert_domain_name",
        "Convert a domain name",
        "Write a domain name with its own letters (idn) and as DNS carries it (punycode).",
        by_id=False,
        path=f"{DDI}/dns/convert_domain_name/{{domain_name}}",
        fields={"domain_name": _text("In either form, such as bücher.example", rf"^{_PART}\.?$")},
        envelope="result",
        single=True,
    ),
    NAMES.looked(
        "convert_rname",
        "Convert a mail address",
        "Write a mail address as the SOA record of a zone has it (rname).",
        by_id=False,
        path=f"{DDI}/dns/convert_rname/{{email_address}}",
        fields={"email_address": _text("Such as john.doe@example.com", rf"^{_PART}@{_PART}$")},
        envelope="",
        single=True,
    ),
)
