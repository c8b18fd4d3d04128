"""Bypass codes. Whoever has one passes the filter, so it is shown to the caller alone."""

from dataclasses import replace
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from shared.catalog import Path, WriteArgs
from shared.identifiers import segment
from shared.operations.arguments import Declared, Name, NameNeeded, maybe, part_of
from shared.operations.cloud_resource import Number, SecurityResource
from shared.operations.security_fields import RULE_PARTS, Rule, Text
from shared.recovery import Kept

KEY = "access_key"


class AccessCode(SecurityResource):
    """The kind of object whose id is a secret."""

    @property
    def by_id(self) -> dict[str, Declared]:
        """Return the argument that takes the code."""
        kind = Annotated[str, AfterValidator(segment), Path(), Field(max_length=128, repr=False)]
        return {KEY: (kind, ...)}


CODE = AccessCode(
    kind="access_codes",
    called="a bypass code",
    id_name=KEY,
    noun="access_code",
    also=("security_policy",),
    tagged=False,
    selects=False,
    sealed=(KEY,),
    keeps=Kept(
        {
            "rules": RULE_PARTS,
            **dict.fromkeys(("name", "activation", "expiration", "description", "policy_ids"), ()),
        }
    ),
)
Rules = Annotated[list[Rule], Field(max_length=1000)]


class CodeFields(WriteArgs):
    """What can be said of a bypass code."""

    name: Name = None
    activation: AwareDatetime | None = maybe("With a zone: 2026-05-01T08:00:00Z")
    expiration: AwareDatetime | None = None
    rules: Rules | None = None
    description: Text = None
    policy_ids: list[Number] | None = None

    @model_validator(mode="after")
    def ends_after_it_begins(self) -> Self:
        """Refuse a code that is never valid."""
        if self.activation and self.expiration and self.expiration <= self.activation:
            raise ValueError("expiration: must be after activation")
        return self


class CreateAccessCode(CodeFields):
    """Create a bypass code that lifts rules for a while. The answer holds it. If the answer is
    lost and a code of this name is there then, it ends `unknown`: look with list_access_codes."""

    name: NameNeeded
    activation: AwareDatetime
    expiration: AwareDatetime
    rules: Rules


SECRET = (KEY,)
OPERATIONS = (
    CODE.listed("List bypass codes.", name_filter=part_of("name")),
    replace(CODE.read("Read a bypass code, by the code itself."), sensitive=SECRET),
    CODE.created(CreateAccessCode, key=("name",)),
    CODE.changed("", CodeFields, sensitive=SECRET),
    replace(CODE.deleted("Delete a bypass code. One of a policy stays."), sensitive=SECRET),
)
