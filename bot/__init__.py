"""The chat machine: dialogue engine, channels, intake, delivery. It knows nothing of complaints."""
