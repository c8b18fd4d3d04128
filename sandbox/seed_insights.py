"""Insights of the pretend company."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox.account import Account
from sandbox.clock import stamp
from sandbox.schema import Row

THREATS = (
    ("TI-DGA", "DGA", "HIGH"),
    ("TI-DNST", "DNS Tunneling", "CRITICAL"),
    ("Suspicious", "Suspicious", "MEDIUM"),
    ("Lookalike", "Lookalike Threat", "HIGH"),
    ("TI-CONFIGURATIONISSUE", "Open Resolver", "LOW"),
    ("TI-RESTRICTED", "Restricted Country Communications", "INFO"),
)
INSIGHTS = 12
CLOSED_EVERY = 4
NEWEST = datetime(2026, 9, 1, 6, 30, tzinfo=UTC)
STEP = timedelta(hours=31)


def plant(account: Account) -> None:
    """Fill the insights of an account."""
    for number in range(INSIGHTS):
        account.add("insights", _insight(account, number))


def _insight(account: Account, number: int) -> Row:
    draw = account.entropy
    kind, threat, priority = THREATS[number % len(THREATS)]
    seen = NEWEST - STEP * number
    blocked, passed = draw.number(0, 400), draw.number(0, 9)
    row = {
        "tClass": kind,
        "tFamily": threat,
        "threatType": threat,
        "priorityText": priority,
        "status": "Closed" if number % CLOSED_EVERY == CLOSED_EVERY - 1 else "Active",
        "feedSource": "Insight Detection Framework",
        "startedAt": stamp((seen - STEP).timestamp()),
        "mostRecentAt": stamp(seen.timestamp()),
        "dateChanged": stamp(seen.timestamp()),
        "numEvents": str(blocked + passed),
    }
    # Counters of zero are left out.
    if blocked:
        row["eventsBlockedCount"] = str(blocked)
    if passed:
        row["eventsNotBlockedCount"] = str(passed)
    return row
