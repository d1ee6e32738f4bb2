"""Does. Markets, broker, journal, link and runner: everything with a clock, a socket or a file."""
