"""`huiyin serve` with one more channel: the simulated post at the address given. Run as a process by the fault tests."""

import asyncio
import signal
import sys
from pathlib import Path

from bot.app import App
from bot.config import load
from bot.keeping import open_media_store
from bot.logs import set_up_logs
from bot.web import serve
from tests.simulators.post import PostSender


async def run(config_file: Path, root: str) -> None:
    config = load(config_file)
    set_up_logs(config.log)
    app = await App.open(config, senders=[PostSender(root=root)])
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    try:
        await serve(app, open_media_store(config), stop, announce=lambda address: None)
    finally:
        await app.close()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), sys.argv[2]))
