"""`python -m benchmarks`: every measurement, printed."""

from benchmarks.round_trip import main

main()
