"""A file of settings with secrets in it is for its owner alone; one without may lie open."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import SettingsError, load

SECRETS = (
    "TAPEDECK_PASSWORD=correct-horse",
    "TAPEDECK_VIEWER_PASSWORD=correct-horse",
    "TAPEDECK_API_TOKEN=token-of-scripts",
    "TAPEDECK_BOT_TOKEN=token-of-bots",
    "tapedeck_password=correct-horse",
    "TAPEDECK_DATABASE_URL=postgresql://me:secret-word@localhost/deck",
    """TAPEDECK_EXCHANGE_CONFIG='{"apiKey": "key-of-mine", "secret": "secret-of-mine"}'""",
    """TAPEDECK_EXCHANGE_CONFIG='{"headers": {"X-Key": "key-of-mine"}}'""",
)
NONE = (
    "TAPEDECK_PORT=8051",
    "TAPEDECK_PASSWORD=",
    "TAPEDECK_DATABASE_URL=sqlite:///deck.db",
    """TAPEDECK_EXCHANGE_CONFIG='{"seed": 5}'""",
    "SOMETHING_ELSE=correct-horse",
)


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".env"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
@pytest.mark.parametrize("line", SECRETS)
def test_secrets_that_others_may_read_are_refused_in_one_line(line: str, mode: int, env_file: Path) -> None:
    env_file.write_text(line + "\n")
    env_file.chmod(mode)
    with pytest.raises(SettingsError) as refused:
        load()
    assert len(refused.value.lines) == 1
    assert refused.value.lines[0].endswith("chmod 600 .env")
    for secret in ("correct-horse", "secret-word", "key-of-mine", "token-of"):
        assert secret not in refused.value.lines[0]
    env_file.chmod(0o600)
    load()


@pytest.mark.parametrize("line", NONE)
def test_without_secrets_it_may_lie_open(line: str, env_file: Path) -> None:
    env_file.write_text(line + "\n")
    env_file.chmod(0o644)
    load()


@pytest.mark.parametrize("line", ['password = "correct-horse"', 'exchange_config = {apiKey = "key-of-mine"}'])
def test_secrets_in_the_other_file_are_warned_of(line: str, env_file: Path) -> None:
    toml = env_file.with_name("tapedeck.toml")
    toml.write_text(line + "\n")
    toml.chmod(0o644)
    (warning,) = load().warnings
    assert warning.endswith("chmod 600 tapedeck.toml, or move them to .env")
    assert "correct-horse" not in warning
    assert "key-of-mine" not in warning
    toml.chmod(0o600)
    assert load().warnings == ()


def test_the_other_file_may_lie_open_without_any(env_file: Path) -> None:
    toml = env_file.with_name("tapedeck.toml")
    toml.write_text("port = 8051\nexchange_config = {seed = 5}\n")
    toml.chmod(0o644)
    assert load().warnings == ()
