"""Telegram: the Bot API as one more channel. Nothing here is imported unless a token is configured."""

from bot.channels.telegram.channel import Telegram

__all__ = ["Telegram"]
