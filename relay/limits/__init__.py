"""What one visitor may take of the relay, so that nobody can starve another: sizes, rates, connections, time."""
