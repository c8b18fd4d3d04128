"""Security policies and their rules."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.catalog import Args, Where, WriteArgs
from shared.operations.arguments import Name, NameNeeded, Sayable, Tags, maybe, part_of
from shared.operations.cloud_resource import CloudList, Number, SecurityResource
from shared.operations.security_fields import RULE_PARTS, Action, Rules, Text
from shared.recovery import Kept

# Whoever has an access code passes the filter.
CODES = "access_codes"
POLICY = SecurityResource(
    kind="security_policies",
    called="a security policy",
    plural="security policies",
    id_name="policy_id",
    noun="security_policy",
    nouns="security_policies",
    hidden=(CODES,),
    cache="security_policy",
    also=("named_list", "network_list", "dfp_service", "access_code"),
    keeps=Kept(
        {
            "rules": RULE_PARTS,
            **dict.fromkeys(
                (
                    *("name", "description", "default_action", "default_redirect_name"),
                    *("network_lists", "dfps", "roaming_device_groups", "user_groups"),
                    *("access_codes", "net_address_dfps", "precedence", "ecs", "onprem_resolve"),
                    *("safe_search", "block_dns_rebind_attack", "tags"),
                ),
                (),
            ),
        }
    ),
)


class Scope(Args):
    """A network behind forwarding proxies."""

    addr_net: Annotated[Sayable | None, Field(max_length=64)] = None
    scope_type: Literal["ADDRESS_BLOCK", "SUBNET", "ADDRESS", "RANGE", "UNKNOWN"] | None = None
    start: Text = None
    end: Text = None
    host_id: Text = None
    ip_space_id: Text = None
    external_scope_id: Text = None


class PolicyFields(WriteArgs):
    """What can be said of a security policy."""

    name: Name = None
    description: Text = None
    default_action: Action | None = maybe("For what no rule names")
    default_redirect_name: Text = maybe("With action_redirect")
    rules: Rules = maybe("All of them, one for each feed of the account among them")
    network_lists: list[Number] | None = None
    dfps: list[Number] | None = maybe("Forwarding proxies, by number")
    roaming_device_groups: list[Number] | None = None
    user_groups: list[str] | None = None
    access_codes: list[str] | None = maybe("Bypass codes", repr=False)
    net_address_dfps: list[Scope] | None = None
    precedence: int | None = maybe(ge=1)
    ecs: bool | None = None
    onprem_resolve: bool | None = None
    safe_search: bool | None = None
    block_dns_rebind_attack: bool | None = None
    tags: Tags = None


class CreateSecurityPolicy(PolicyFields):
    """Create a security policy. Without rules it gets those of the default policy. A network list
    or proxy of another policy must be taken out there first."""

    name: NameNeeded
    dfp_services: list[str] | None = maybe("Instead of dfps: by service id")


class OneFilter(CloudList):
    """Rules are found by one field at a time."""

    policy_id: Annotated[Number | None, Where("policy_id", "==")] = None
    list_id: Annotated[Number | None, Where("list_id", "==")] = None
    category_filter_id: Annotated[Number | None, Where("category_filter_id", "==")] = None

    @model_validator(mode="after")
    def asks_by_one(self) -> Self:
        """Refuse what the API cannot combine."""
        asked = (self.policy_id, self.list_id, self.category_filter_id, self.filter)
        if sum(one is not None for one in asked) > 1:
            raise ValueError("give only one of policy_id, list_id, category_filter_id and filter")
        return self


OPERATIONS = (
    POLICY.listed(
        "List DNS security policies with their rules and actions. For the lists they name use "
        "list_threat_named_lists.",
        name_filter=part_of("name"),
    ),
    POLICY.read("Read one security policy with its rules."),
    POLICY.created(CreateSecurityPolicy, key=("name",), sensitive=(f"{CODES}.*",)),
    POLICY.changed(
        "Change a security policy: only what is given changes, and rules are given all together.",
        PolicyFields,
        sensitive=(f"{CODES}.*",),
    ),
    POLICY.deleted("Delete a security policy. The default policy stays."),
    POLICY.deleted_many("delete_security_policies"),
    POLICY.looked(
        "list_security_policy_rules",
        "List rules of security policies",
        "List the rules of all policies, or of one policy, custom list or category filter.",
        by_id=False,
        base=OneFilter,
        path=f"{POLICY.base}/security_policy_rules",
    ),
)
