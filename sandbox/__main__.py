"""The command line: `python -m sandbox --port 8088`."""

from __future__ import annotations

import argparse
import sys

from sandbox.serving import serve


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(prog="sandbox", description="A pretend Infoblox cloud API.")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", type=int, default=8088, help="0 takes a free one")
    parser.add_argument("--key", action="append", help="accepted API key; repeat for more accounts")
    parser.add_argument("--seed", type=int, default=1, help="what the data is made from")
    parser.add_argument("--latency-ms", type=float, default=0, help="delay of every answer")
    parser.add_argument(
        "--objects", type=int, default=0, help="how many objects to add to the data"
    )
    given = parser.parse_args()
    serve(
        host=given.host,
        port=given.port,
        keys=tuple(given.key or ("sandbox-key",)),
        seed=given.seed,
        latency_ms=given.latency_ms,
        objects=given.objects,
        announce=lambda url: print(url, file=sys.stdout, flush=True),  # noqa: T201
    )


if __name__ == "__main__":
    main()
