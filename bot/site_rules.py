"""The figures of each site, made once from the configuration and the roster's time zones."""

from collections.abc import Iterable

from bot.config import Config
from domain.rules import Rules
from scheduler.calendar import national_working_day
from storage.people import Site


class SiteRules:
    """`rules_of(site id)`; people of the company, who have no site, get the common figures."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._common = config.rules(national=national_working_day)
        self._known: tuple[Site, ...] = ()
        self._of: dict[str, Rules] = {}

    def learn(self, sites: Iterable[Site]) -> bool:
        """Take over the sites of the roster, at start and after an import; whether anything is new."""
        known, self._known = self._known, tuple(sites)
        if known == self._known:
            return False
        self._of = {
            site.id: self._config.rules(site.name, site.timezone, national=national_working_day) for site in self._known
        }
        return True

    def __call__(self, site: str) -> Rules:
        return self._of.get(site, self._common)
