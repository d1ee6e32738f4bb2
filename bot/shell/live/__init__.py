"""Live trading on a real exchange: an order's way there, what became of it, and what the exchange says is held."""
