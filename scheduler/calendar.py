"""The business calendar (D-34): national rest days and make-up working days, with the years it does not know.

The table of the package reaches to the end of the year that the State Council has announced; beyond it, weekends and
New Year's Day count as rest days and a warning is logged once per year.
"""

from datetime import date
from functools import lru_cache

import structlog

log = structlog.get_logger()


@lru_cache(maxsize=16)
def _warn_unknown(year: int) -> None:
    log.warning("calendar_year_unknown", year=year, used="weekends and New Year's Day")


def known_until() -> date:
    """The last day that the table of the package knows."""
    import chinese_calendar

    return date(max(day.year for day in chinese_calendar.constants.workdays), 12, 31)


@lru_cache(maxsize=4096)
def national_working_day(day: date) -> bool:
    """Whether the national table calls `day` a working day; unknown years fall back as the module says."""
    import chinese_calendar  # 40 ms to import: only when a date is asked for

    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        _warn_unknown(day.year)
        return day.weekday() < 5 and (day.month, day.day) != (1, 1)
