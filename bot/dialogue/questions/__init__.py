"""The kinds of question a conversation can ask."""
