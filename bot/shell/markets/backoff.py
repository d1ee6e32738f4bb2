"""How long to wait before an exchange is tried again."""

from bot.shell.backoff import STREAM

backoff_s = STREAM.wait_s
