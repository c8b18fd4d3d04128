"""The ledger of jobs."""

from shared.ledger.ledger import (
    SHARED_STARTS,
    Cancelled,
    Claim,
    Denied,
    Freed,
    Ledger,
    Round,
)
from shared.ledger.reading import PREFIX, UNPUBLISHED, Page
from shared.ledger.records import (
    FINAL,
    FORMAT,
    STATES,
    Accepted,
    Attempt,
    FinalState,
    Job,
    Kept,
    Outcome,
    State,
    Submission,
)
from shared.ledger.shelves import Shelf, Shelves
from shared.ledger.terms import Terms

__all__ = [
    "FINAL",
    "FORMAT",
    "PREFIX",
    "SHARED_STARTS",
    "STATES",
    "UNPUBLISHED",
    "Accepted",
    "Attempt",
    "Cancelled",
    "Claim",
    "Denied",
    "FinalState",
    "Freed",
    "Job",
    "Kept",
    "Ledger",
    "Outcome",
    "Page",
    "Round",
    "Shelf",
    "Shelves",
    "State",
    "Submission",
    "Terms",
]
