"""Makes a process pretend to be of the release whose records have this format."""

import os

if asked := os.environ.get("PRETENDED_FORMAT"):  # noqa: TID251 - before any of ours runs
    from shared.ledger import ledger

    vars(ledger)["FORMAT"] = int(asked)
