"""Where chat comes in and goes out: one package a channel. A channel knows messages and people, never complaints."""
