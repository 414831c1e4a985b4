"""When things happened: on weekdays, mostly in the hours of an office, more often lately than long ago."""

from datetime import datetime, timedelta
from random import Random

MONTHS_BACK_DAYS = 545
_HOURS = (7, 8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 12, 13, 13, 14, 14, 14, 15, 15, 16, 16, 17, 18, 20)


class Calendar:
    """Gives moments before `now`, the time of the org at seeding."""

    def __init__(self, rng: Random, now: datetime) -> None:
        self._rng = rng
        self.now = now.replace(microsecond=0)

    def created(self, place: float) -> datetime:
        """Give when the record at that place (0 the oldest, 1 the newest) of a growing pile was made."""
        days = MONTHS_BACK_DAYS * (1 - place) ** 1.3
        return self._at_work(self.now - timedelta(days=days))

    def after(self, moment: datetime, mean_days: float) -> datetime:
        """Give a working moment some days after another, never later than now."""
        later = moment + timedelta(days=self._rng.expovariate(1 / mean_days))
        return max(moment, self._at_work(min(later, self.now)))

    def _at_work(self, moment: datetime) -> datetime:
        rng = self._rng
        weekend = moment.weekday() - 4
        if weekend > 0 and rng.random() < 0.94:
            moment -= timedelta(days=weekend)
        made = moment.replace(hour=rng.choice(_HOURS), minute=int(rng.random() * 60), second=int(rng.random() * 60))
        return made if made <= self.now else self.now - timedelta(minutes=1 + int(rng.random() * 180))
