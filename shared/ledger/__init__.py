"""The ledger of jobs."""

from shared.ledger.ledger import (
    SHARED_STARTS,
    Cancelled,
    Claim,
    Denied,
    Freed,
    Ledger,
    Round,
    Terms,
)
from shared.ledger.reading import PREFIX
from shared.ledger.records import (
    FINAL,
    STATES,
    Accepted,
    Attempt,
    FinalState,
    Job,
    Outcome,
    State,
    Submission,
)

__all__ = [
    "FINAL",
    "PREFIX",
    "SHARED_STARTS",
    "STATES",
    "Accepted",
    "Attempt",
    "Cancelled",
    "Claim",
    "Denied",
    "FinalState",
    "Freed",
    "Job",
    "Ledger",
    "Outcome",
    "Round",
    "State",
    "Submission",
    "Terms",
]
