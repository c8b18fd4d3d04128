"""Times and limits of the ledger, from the settings."""

from dataclasses import dataclass

from shared.settings import Settings

# Where nothing limits the rate.
_UNLIMITED_RATE = 100.0


@dataclass(frozen=True, slots=True)
class Terms:
    """Times and limits of the ledger, in milliseconds and counts."""

    lease: int
    sweep: int
    worker_ttl: int
    read_ttl: int
    job_ttl: int
    join_after: int
    read_deadline: int
    write_deadline: int
    queue_limit: int
    poison_starts: int
    # What an account's queues get done per second; says when a full one is worked off.
    rate: float = 10.0

    @classmethod
    def from_settings(cls, settings: Settings) -> "Terms":
        """Take the terms from the settings."""
        sweep = settings.sweep_seconds
        return cls(
            lease=ms(settings.lease_seconds),
            sweep=ms(sweep),
            # Three missed rounds and a moment for a loaded machine.
            worker_ttl=ms(3 * sweep + 2),
            read_ttl=ms(settings.read_ttl_seconds),
            job_ttl=ms(settings.job_ttl_seconds),
            join_after=ms(settings.join_after_seconds),
            read_deadline=ms(settings.read_deadline_seconds),
            write_deadline=ms(settings.write_deadline_seconds),
            queue_limit=settings.open_jobs,
            poison_starts=settings.poison_starts,
            rate=settings.rate_per_second or _UNLIMITED_RATE,
        )


def ms(seconds: float) -> int:
    """Return milliseconds, as the scripts count."""
    return round(seconds * 1000)
