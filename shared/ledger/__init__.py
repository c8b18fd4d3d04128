"""The ledger of jobs."""

from shared.ledger.answers import (
    Accepted,
    Behind,
    Cancelled,
    Claim,
    Denied,
    Freed,
    Interest,
    Kept,
    Round,
)
from shared.ledger.ledger import SHARED_STARTS, Ledger
from shared.ledger.operating import ANYTHING, Operator, Ruling, Seen
from shared.ledger.pauses import Pause
from shared.ledger.reading import PREFIX, UNPUBLISHED, Page
from shared.ledger.records import (
    FINAL,
    FORMAT,
    STATES,
    Attempt,
    FinalState,
    Job,
    Outcome,
    State,
    Submission,
)
from shared.ledger.shelves import Shelf, Shelves
from shared.ledger.terms import Terms

__all__ = [
    "ANYTHING",
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
    "Operator",
    "Outcome",
    "Page",
    "Pause",
    "Round",
    "Ruling",
    "Seen",
    "Shelf",
    "Shelves",
    "State",
    "Submission",
    "Terms",
]
