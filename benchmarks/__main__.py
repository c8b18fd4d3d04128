"""`python -m benchmarks`: every measurement, printed; those of load written down as well."""

import argparse
from pathlib import Path

from benchmarks import cache_hit, load, round_trip, tracing

_RESULTS = Path(__file__).parent / "results"

parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
parser.add_argument("--long", action="store_true", help="more rounds: about ten minutes")
parser.add_argument("--out", type=Path, default=_RESULTS / "load.json", help="JSON file to write")
parser.add_argument("--only-load", action="store_true", help="leave out the idle round trips")
args = parser.parse_args()

if not args.only_load:
    round_trip.main(round_trip.ROUNDS if args.long else 50)
    cache_hit.main(cache_hit.ROUNDS if args.long else 200)
    tracing.main(tracing.ROUNDS if args.long else 100)
load.main(args.out, times=4 if args.long else 1)
