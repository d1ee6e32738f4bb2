"""Who may look and who may act: passwords, sessions, tokens, and the gate at every door."""
