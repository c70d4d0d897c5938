"""The channel-neutral conversation engine: questions, replay, answers log."""
