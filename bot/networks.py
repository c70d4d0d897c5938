"""The network channels that the configuration switches on, the one to be preferred first."""

from bot.config import Config
from bot.keeping import open_media_store
from bot.network import Network


def networks_of(config: Config) -> list[Network]:
    """Each is imported only when it is used."""
    found: list[Network] = []
    if config.telegram.token.get_secret_value():
        from bot.channels.telegram import Telegram

        found.append(Telegram(config.telegram, config.delivery, open_media_store(config), config.server.public_url))
    return found
