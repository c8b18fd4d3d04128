"""Rules of policies and bypass codes: what they may say, and who refers to what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sandbox.account import Account
from sandbox.errors import invalid, missing
from sandbox.schema import Row, checked, fields

POLICIES = "security_policies"
CODES = "access_codes"
LISTS = "named_lists"
FEEDS = "threat_feeds"
REDIRECTS = "custom_redirects"
OWN_LISTS = frozenset({"custom_list", "default_allow", "default_block"})
LOCAL = "action_allow_with_local_resolution"
TARGETS = {
    "named_feed": FEEDS,
    "custom_list": LISTS,
    "category_filter": "category_filters",
    "application_filter": "application_filters",
}
RULE = fields(f"""
    type: string required words=named_feed|custom_list|category_filter|application_filter
    data: string required
    action: string required words=action_allow|action_log|action_redirect|action_block|{LOCAL}
    redirect_name: string
    description: string
    list_id: integer readonly
    category_filter_id: integer readonly
    policy_id: integer readonly
    policy_name: string readonly
""")


def check_rules(account: Account, rules: Sequence[Row], *, local: bool) -> list[Row]:
    """Check rules: 404 for what they name and nobody knows, 400 for what cannot be."""
    kept = [checked(RULE, one, partial=False) for one in rules]
    for rule in kept:
        if target(account, rule) is None:
            raise missing(f"{rule['type']} '{rule['data']}' is not found")
        if rule["action"] == LOCAL and not (local and rule["type"] == "application_filter"):
            raise invalid(f"action {LOCAL} is not allowed for {rule['type']} '{rule['data']}'")
        check_redirect(account, rule.get("redirect_name"))
    feeds = [rule["data"] for rule in kept if rule["type"] == "named_feed"]
    if len(set(feeds)) < len(feeds):
        raise invalid("a feed has more than one rule")
    return [{"redirect_name": "", "description": "", **rule} for rule in kept]


def check_redirect(account: Account, name: str | None) -> None:
    """Answer 404 for a redirect that is not there."""
    if name and not any(row["name"] == name for row in account[REDIRECTS]):
        raise missing(f"redirect '{name}' is not found")


def target(account: Account, rule: Row) -> Row | None:
    """Find what a rule names."""
    for row in account[TARGETS[rule["type"]]]:
        if row["name"] == rule["data"] and row.get("type", "custom_list") in OWN_LISTS:
            return row
    return None


def require_feeds(account: Account, rules: Sequence[Row]) -> None:
    """Refuse the rules of a policy that leave a feed of the account out."""
    given = {rule["data"] for rule in rules if rule["type"] == "named_feed"}
    for feed in account[FEEDS]:
        if feed["name"] not in given:
            raise invalid(f"the rule for feed '{feed['name']}' is missing")


def shown_rules(account: Account, policy: Row) -> list[Row]:
    """Give the rules of a policy with the ids of what they name."""
    found: list[Row] = []
    for rule in policy["rules"]:
        known = target(account, rule) or {}
        row = {**rule, "policy_id": policy["id"], "policy_name": policy["name"]}
        row["list_id"] = known.get("id", 0) if rule["type"] == "custom_list" else 0
        if rule["type"] == "category_filter":
            row["category_filter_id"] = known.get("id", 0)
        found.append(row)
    return found


def users(account: Account, kind: str, name: str) -> list[str]:
    """Name the policies that have a rule for something."""
    return [
        row["name"]
        for row in account[POLICIES]
        if any((rule["type"], rule["data"]) == (kind, name) for rule in row["rules"])
    ]


def refuse_used(account: Account, kind: str, name: str) -> None:
    """Answer 400 for what a policy or a bypass code still names."""
    if any((rule["type"], rule["data"]) == (kind, name) for rule in _all(account)):
        raise invalid(f"{kind} '{name}' is assigned to a policy or a bypass code")


def rename(account: Account, kind: str, *, old: str, new: str) -> None:
    """Let the rules follow what got a new name."""
    for path, row in holders(account):
        rules = [
            {**rule, "data": new} if (rule["type"], rule["data"]) == (kind, old) else rule
            for rule in row["rules"]
        ]
        stored(account, path, {**row, "rules": rules})


def holders(account: Account) -> list[tuple[str, Row]]:
    """List what has rules: policies and bypass codes."""
    return [(path, row) for path in (POLICIES, CODES) for row in account[path]]


def stored(account: Account, path: str, row: Row) -> None:
    """Store a row of policies or bypass codes anew."""
    account[path].put(str(row[account[path].resource.key]), row)


def _all(account: Account) -> Iterator[Row]:
    for _, row in holders(account):
        yield from row["rules"]
