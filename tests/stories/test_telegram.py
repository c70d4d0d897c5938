"""Every story over Telegram: the simulated Bot API, by polling and by webhook, the engine rebuilt between all steps."""

from pathlib import Path

import pytest

from tests.stories.play import Player, Story
from tests.stories.telegram_stage import TelegramStage
from tests.stories.test_stories import nothing_parked, start, stories


@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
@pytest.mark.parametrize("story", stories())
async def test_story_over_telegram(story: Story, webhook: bool, tmp_path: Path, template: Path) -> None:
    opened = TelegramStage.opened(tmp_path, template, story, start(story), webhook=webhook, rebuild=True)
    async with opened as stage:
        try:
            await Player(stage, "press").play(story)
        except BaseException:
            print(stage.server.service.transcript())
            raise
        assert stage.server.service.wrong == []
        assert stage.server.people.waiting == []
        assert await nothing_parked(stage.house)
