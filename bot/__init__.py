"""The bot: a pure trading core (`bot.core`) and the shell that connects it to a market, a journal and the relay."""
