"""One file for each thing that people do in chat: its conversation, its buttons, its use case."""
