"""The conversation engine: it knows chats, questions and drafts, and nothing of complaints.

A conversation is a plain async function over `chat` (chat.py), registered in a `Book` (book.py). Every message runs it
again over the recorded answers: engine.py is the way in, listener.py finds out what a message means, session.py leads
the drafts, replay.py and answers.py run a script, asking.py puts the question.
State (state.py) is JSON, and all there is.
"""
