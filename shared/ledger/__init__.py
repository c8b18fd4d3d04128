"""The ledger of jobs."""

from shared.ledger.answers import Behind, Cancelled, Claim, Denied, Freed, Interest, Round
from shared.ledger.ledger import SHARED_STARTS, Ledger
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
    "Behind",
    "Cancelled",
    "Claim",
    "Denied",
    "FinalState",
    "Freed",
    "Interest",
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
