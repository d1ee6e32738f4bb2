"""Who is at a door: what they may do and how that was shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a visitor may do: an operator all of it, a viewer look."""

    OPERATOR = "operator"
    VIEWER = "viewer"


class Means(StrEnum):
    """How a visitor has shown who they are."""

    SESSION = "session"
    """Logged in with a password; `session_id` says where."""
    TOKEN = "token"
    """A script, by the API token."""
    LOOPBACK = "loopback"
    """On this machine, where no password is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who was let in; `address` is where they come from, as the audit log says it."""

    role: Role
    means: Means
    address: str
    session_id: str | None = None
    token_hash: str | None = None
    """Of the API token that a script came with."""

    @property
    def may_act(self) -> bool:
        return self.role is Role.OPERATOR

    @property
    def name(self) -> str:
        """As the audit log says it: `operator by session 1f3a9c`."""
        whose = f" {self.session_id[:6]}" if self.session_id else ""
        return f"{self.role} by {self.means}{whose}"
