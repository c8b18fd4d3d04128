"""`python -m benchmarks`: every measurement, printed."""

from benchmarks import cache_hit, round_trip

round_trip.main()
cache_hit.main()
