"""The same conversation written with other libraries, each over stores that survive a kill after every turn."""
