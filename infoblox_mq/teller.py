"""Tells a story on the screen and remembers what was not seen."""

from rich.console import Console
from rich.text import Text

from shared.clock import Clock


class Teller:
    """Prints chapters, lines and checks, each with the seconds since the beginning."""

    def __init__(self, console: Console, clock: Clock) -> None:
        self.missing: list[str] = []
        self._console = console
        self._clock = clock
        self._began = clock.steady()

    def chapter(self, text: str) -> None:
        """Begin a chapter."""
        self._console.print()
        self._line(text, style="bold")

    def say(self, text: str) -> None:
        """Say what happens."""
        self._line(f"  {text}", style="dim" if text.startswith("supervisor") else "")

    def raw(self, text: str) -> None:
        """Show a line of somebody else."""
        self._console.print(Text.from_ansi(text))

    def check(self, text: str, *, good: bool) -> None:
        """Say whether something was seen."""
        self._line(f"  {'✓' if good else '✗ NOT SEEN:'} {text}", style="green" if good else "red")
        if not good:
            self.missing.append(text)

    def verdict(self) -> None:
        """Say how it went."""
        self._console.print()
        if not self.missing:
            self._line("All of it was seen.", style="bold green")
        for text in self.missing:
            self._line(f"Not seen: {text}", style="bold red")

    def _line(self, text: str, *, style: str) -> None:
        seconds = self._clock.steady() - self._began
        self._console.print(Text(f"{seconds:6.2f} s  ") + Text(text, style=style))
