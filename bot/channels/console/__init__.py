"""A chat channel in the browser: for the demo as anybody, else as the one person a session is bound to."""

from bot.channels.console.changes import Changes
from bot.channels.console.server import add_console
from bot.channels.console.settings import ConsoleSettings, UnsafeConsole

__all__ = ["Changes", "ConsoleSettings", "UnsafeConsole", "add_console"]
