"""Processor time that a search may take."""

import time


class Clock:
    """Runs from when it is made.

    Parameters
    ----------
    seconds : float
        Of processor time.
    """

    def __init__(self, seconds):
        self.start, self.seconds = time.process_time(), seconds

    @property
    def spent(self):
        """Part of the time that is over."""
        return (time.process_time() - self.start) / self.seconds

    def stop(self):
        """Let no time be left."""
        self.seconds = 1e-9

    def part(self, share):
        """A clock for a part of the time that is left."""
        return Clock(max(share * (1.0 - self.spent) * self.seconds, 1e-9))
