from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot.backends.entry import Direction, MaskColour
from bot.backends.options import Delivery, OutputType
from bot.settings import LogFormat, LogLevel, Settings, SettingsError, example_of, load

Load = Callable[..., Settings]

DATABASE = "sqlite:////data/remix-bot.db"


def faults(load_with: Load, **variables: str | None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load_with(**variables)
    return caught.value.faults


def test_a_token_and_one_key_are_enough(load_with: Load) -> None:
    settings = load_with()

    assert settings.discord_token.get_secret_value() == "token-of-a-test-bot"
    assert settings.fal_key is None
    assert settings.ideogram_api_key is None
    assert settings.database_path == Path("remix-bot.db")
    assert settings.spool_dir == Path("spool")
    assert settings.health_file == Path("health.json")
    assert settings.discord_url == "https://discord.com"
    assert (settings.default_daily_credits, settings.confirm_above) == (40, 20)
    assert settings.allowed_servers == frozenset()
    assert settings.server_monthly_credits is None
    assert settings.daily_spend_usd is None
    assert (settings.heartbeat_seconds, settings.lease_seconds) == (15, 180)
    assert (settings.log_format, settings.log_level) == (LogFormat.TEXT, LogLevel.INFO)


def test_every_variable_is_read(load_with: Load) -> None:
    settings = load_with(
        FAL_KEY="id-of-key:secret-of-key",
        IDEOGRAM_API_KEY="ideogram-key",
        DATABASE_URL=DATABASE,
        SPOOL_DIR="/fast/spool",
        SPOOL_MAX_MB="500",
        DEFAULT_DAILY_CREDITS="7",
        CONFIRM_ABOVE="5",
        ALLOWED_SERVERS=" 123456789012345678, 234567890123456789 ",
        SERVER_MONTHLY_CREDITS="900",
        DAILY_SPEND_USD="12.34",
        PROMPT_KEEP_DAYS="7",
        SERVER_KEEP_DAYS="9",
        PRIVACY_URL="https://example.com/privacy?of=bot#us",
        DISCORD_URL="http://127.0.0.1:1234/",
        IDENTIFY_SECONDS="2.5",
        FAL_URL="http://127.0.0.1:1/fal",
        RUNWARE_URL="http://[::1]:2",
        IDEOGRAM_URL="https://ideogram.example",
        PROXY_URL="http://me:secret@proxy.example:3128",
        LOG_FORMAT="json",
        LOG_LEVEL="debug",
        HEARTBEAT_SECONDS="40",
        LEASE_SECONDS="161",
        HEALTH_FILE="/run/health",
        PUBLIC_URL="https://remix.example/",
        HOOKS_HOST="192.0.2.1",
        HOOKS_PORT="9000",
        OPERATOR_WEBHOOK_URL="https://discord.com/api/webhooks/1/abc",
        FALLBACK="off",
        FLAGGED_REFUNDS_PER_DAY="1",
        BACKENDS_FILE="/data/backends.toml",
        FAL_CONCURRENCY="2",
        FAL_USER_ID="me",
        FAL_SYNC_MODE="true",
        FAL_KEEP_HISTORY="false",
        FAL_STRENGTH="Further",
        FAL_MASK="WHITE",
        RUNWARE_CONCURRENCY="7",
        RUNWARE_DELIVERY="sync",
        RUNWARE_OUTPUT_TYPE="URL",
        RUNWARE_UPLOAD_ENDPOINT="https://files.example/{task}.png?key=k",
        RUNWARE_TTL="4000",
        RUNWARE_INCLUDE_COST="false",
        RUNWARE_CHECK_CONTENT="false",
        RUNWARE_CHECK_MODE="none",
        RUNWARE_STRENGTH="closer",
        IDEOGRAM_IN_FLIGHT="20",
        IDEOGRAM_STRENGTH="further",
    )

    assert settings.model_dump() == {
        "discord_token": SecretStr("token-of-a-test-bot"),
        "fal_key": SecretStr("id-of-key:secret-of-key"),
        "runware_api_key": SecretStr("runware-key-of-a-test"),
        "ideogram_api_key": SecretStr("ideogram-key"),
        "database_url": SecretStr(DATABASE),
        "spool_dir": Path("/fast/spool"),
        "spool_max_mb": 500,
        "default_daily_credits": 7,
        "confirm_above": 5,
        "allowed_servers": frozenset({123456789012345678, 234567890123456789}),
        "server_monthly_credits": 900,
        "daily_spend_usd": Decimal("12.34"),
        "prompt_keep_days": 7,
        "server_keep_days": 9,
        "privacy_url": "https://example.com/privacy?of=bot#us",
        "discord_url": "http://127.0.0.1:1234",
        "identify_seconds": 2.5,
        "fal_url": "http://127.0.0.1:1/fal",
        "runware_url": "http://[::1]:2",
        "ideogram_url": "https://ideogram.example",
        "proxy_url": SecretStr("http://me:secret@proxy.example:3128"),
        "log_format": LogFormat.JSON,
        "log_level": LogLevel.DEBUG,
        "heartbeat_seconds": 40,
        "lease_seconds": 161,
        "health_file": Path("/run/health"),
        "public_url": "https://remix.example",
        "hooks_host": "192.0.2.1",
        "hooks_port": 9000,
        "operator_webhook_url": SecretStr("https://discord.com/api/webhooks/1/abc"),
        "fallback": False,
        "flagged_refunds_per_day": 1,
        "backends_file": Path("/data/backends.toml"),
        "fal_concurrency": 2,
        "fal_user_id": "me",
        "fal_sync_mode": True,
        "fal_keep_history": False,
        "fal_strength": Direction.FURTHER,
        "fal_mask": MaskColour.WHITE,
        "runware_concurrency": 7,
        "runware_delivery": Delivery.SYNC,
        "runware_output_type": OutputType.URL,
        "runware_upload_endpoint": SecretStr("https://files.example/{task}.png?key=k"),
        "runware_ttl": 4000,
        "runware_webhook_url": None,
        "runware_include_cost": False,
        "runware_check_content": False,
        "runware_check_mode": "none",
        "runware_strength": Direction.CLOSER,
        "ideogram_in_flight": 20,
        "ideogram_strength": Direction.FURTHER,
    }


def test_spool_and_health_file_lie_beside_the_database(load_with: Load) -> None:
    settings = load_with(DATABASE_URL=DATABASE)

    assert settings.database_path == Path("/data/remix-bot.db")
    assert settings.spool_dir == Path("/data/spool")
    assert settings.health_file == Path("/data/health.json")


def test_the_environment_goes_before_the_file(load_with: Load, tmp_path: Path) -> None:
    # A byte order mark, quotes and a comment, as editors and people put them there.
    lines = ["\ufeffDEFAULT_DAILY_CREDITS='2'", "# text", "CONFIRM_ABOVE=1", "FAL_KEY=an-id:a-key"]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")

    settings = load_with(CONFIRM_ABOVE="30", FAL_KEY="")

    assert settings.confirm_above == 30
    assert settings.default_daily_credits == 2
    assert settings.fal_key is None


def test_another_file_or_none_can_be_named(tmp_path: Path, load_with: Load) -> None:
    (tmp_path / ".env").write_text("CONFIRM_ABOVE=1\n")
    (tmp_path / "other").write_text("CONFIRM_ABOVE=2\n")

    assert load_with().confirm_above == 1
    assert load(tmp_path / "other").confirm_above == 2
    assert load(None).confirm_above == 20


def test_a_file_that_is_not_text_is_a_fault(tmp_path: Path, load_with: Load) -> None:
    (tmp_path / ".env").write_bytes(b"DISCORD_TOKEN=\xff\xfe\n")

    assert faults(load_with)[0].startswith(".env is not UTF-8 text")


def test_an_empty_environment_names_all_that_is_missing() -> None:
    with pytest.raises(SettingsError) as caught:
        load()

    token, key = caught.value.faults
    assert token == "DISCORD_TOKEN is not set; a good value: DISCORD_TOKEN=your-bot-token"
    assert key == (
        "IDEOGRAM_API_KEY is not set, nor are FAL_KEY and RUNWARE_API_KEY, and one of the three "
        "is needed; a good value: IDEOGRAM_API_KEY=your-ideogram-key"
    )
    assert str(caught.value) == "\n".join(caught.value.faults)


@pytest.mark.parametrize("empty", ["", "   "])
def test_an_empty_variable_is_not_set(load_with: Load, empty: str) -> None:
    assert load_with(FAL_KEY=empty, DAILY_SPEND_USD=empty).fal_key is None
    assert faults(load_with, DISCORD_TOKEN=empty) == (
        "DISCORD_TOKEN is not set; a good value: DISCORD_TOKEN=your-bot-token",
    )


def test_spaces_around_a_pasted_key_are_dropped(load_with: Load) -> None:
    key = load_with(RUNWARE_API_KEY="  a-pasted-key\n").runware_api_key

    assert key is not None
    assert key.get_secret_value() == "a-pasted-key"


WRONG = [
    ("DISCORD_TOKEN", "Bot abcdefghijk"),
    ("DISCORD_TOKEN", "cut-off"),
    ("DISCORD_TOKEN", "t\u00f6ken-with-umlaut"),
    ("FAL_KEY", "an-id-without-secret"),
    ("FAL_KEY", "id:se:cret-value"),
    ("FAL_KEY", ":only-a-secret"),
    ("IDEOGRAM_API_KEY", "two words here"),
    ("DATABASE_URL", "remix-bot.db"),
    ("DATABASE_URL", "sqlite://remix-bot.db"),
    ("DATABASE_URL", "sqlite:///"),
    ("DATABASE_URL", "sqlite:///:memory:"),
    ("DATABASE_URL", "sqlite:///data/"),
    ("DATABASE_URL", "sqlite:///x.db?mode=ro"),
    ("DATABASE_URL", "mysql://host/x"),
    ("DATABASE_URL", "postgresql://host"),
    ("DATABASE_URL", "postgresql://host:port/x"),
    ("DATABASE_URL", "postgresql+asyncpg://host/x"),
    ("SPOOL_MAX_MB", "99"),
    ("SPOOL_MAX_MB", "2 GB"),
    ("DEFAULT_DAILY_CREDITS", "-1"),
    ("DEFAULT_DAILY_CREDITS", "1.5"),
    ("DEFAULT_DAILY_CREDITS", "1000000001"),
    ("CONFIRM_ABOVE", "twenty"),
    ("ALLOWED_SERVERS", "My Server"),
    ("ALLOWED_SERVERS", "123456789012345678,"),
    ("ALLOWED_SERVERS", "123"),
    ("SERVER_MONTHLY_CREDITS", "unlimited"),
    ("DAILY_SPEND_USD", "$5"),
    ("DAILY_SPEND_USD", "-0.01"),
    ("DAILY_SPEND_USD", "NaN"),
    ("DAILY_SPEND_USD", "0.0000001"),
    ("DISCORD_URL", "discord.com"),
    ("DISCORD_URL", "ftp://discord.com"),
    ("FAL_URL", "http://user:password@host"),
    ("FAL_URL", "http://host/?query"),
    ("RUNWARE_URL", "http://"),
    ("IDEOGRAM_URL", "http://host:port"),
    ("PROXY_URL", "socks5://proxy.example:1080"),
    ("LOG_FORMAT", "xml"),
    ("LOG_LEVEL", "LOUD"),
    ("HEARTBEAT_SECONDS", "0"),
    ("HEARTBEAT_SECONDS", "61"),
    ("LEASE_SECONDS", "159"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_one_sentence_with_a_good_value(
    load_with: Load, name: str, value: str
) -> None:
    (sentence,) = faults(load_with, **{name: value})

    assert sentence.startswith(f"{name} ")
    assert sentence.endswith(f"; a good value: {name}={example_of(name.lower())}")
    assert "cannot be used" not in sentence


def test_all_faults_are_told_at_once(load_with: Load) -> None:
    told = faults(load_with, DISCORD_TOKEN="x", FAL_KEY="y", DATABASE_URL="z", LEASE_SECONDS="3")

    assert [sentence.split()[0] for sentence in told] == [
        "DISCORD_TOKEN",
        "FAL_KEY",
        "DATABASE_URL",
        "LEASE_SECONDS",
    ]


def test_a_refused_key_is_not_also_called_missing(load_with: Load) -> None:
    (sentence,) = faults(load_with, RUNWARE_API_KEY="short")

    assert sentence.startswith("RUNWARE_API_KEY must be")


def test_postgresql_has_no_file_and_its_password_is_a_secret(load_with: Load) -> None:
    settings = load_with(DATABASE_URL="postgresql://user:pass%20word@host/db")

    assert settings.database_path is None
    assert settings.spool_dir == Path("spool")
    assert {"pass%20word", "pass word"} <= set(settings.secrets)
    assert "pass%20word" not in repr(settings)


def test_a_lease_outlasts_four_heartbeats(load_with: Load) -> None:
    (sentence,) = faults(load_with, HEARTBEAT_SECONDS="50", LEASE_SECONDS="199")

    assert sentence == (
        "LEASE_SECONDS must be 4 times HEARTBEAT_SECONDS or more; a good value: LEASE_SECONDS=200"
    )
    assert load_with(HEARTBEAT_SECONDS="50", LEASE_SECONDS="200").lease_seconds == 200


@pytest.mark.parametrize("name", [field.upper() for field in Settings.model_fields])
def test_the_example_of_every_setting_is_accepted(load_with: Load, name: str) -> None:
    settings = load_with(**{name: example_of(name.lower())})

    assert name.lower() in settings.model_fields_set


def test_settings_cannot_be_changed(load_with: Load) -> None:
    settings = load_with()

    with pytest.raises(ValidationError, match="frozen"):
        settings.confirm_above = 1000


SECRETS = {
    "DISCORD_TOKEN": "discord-token-value",
    "FAL_KEY": "fal-key-id:fal-key-value",
    "RUNWARE_API_KEY": "runware-key-value",
    "IDEOGRAM_API_KEY": "ideogram-key-value",
    "PROXY_URL": "http://me:proxy%2Dpass@proxy.example:3128",
}


def test_no_secret_prints(load_with: Load) -> None:
    settings = load_with(**SECRETS)

    for text in (repr(settings), str(settings), settings.model_dump_json()):
        assert not [value for value in SECRETS.values() if value in text]


def test_secrets_are_named_for_the_log(load_with: Load) -> None:
    parts = ("fal-key-value", "proxy%2Dpass", "proxy-pass")

    assert set(load_with(**SECRETS).secrets) == {*SECRETS.values(), *parts}
    assert all(isinstance(value, str) for value in load_with(**SECRETS).secrets)


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_no_traceback_holds_a_refused_secret(load_with: Load, name: str) -> None:
    value = "  refused secret value: ftp"

    with pytest.raises(SettingsError) as caught:
        load_with(**{name: value})

    shown = "".join(traceback.format_exception(caught.value))
    assert os.environ[name] == value
    assert value.strip() not in shown
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PUBLIC_URL": "http://remix.example"}, "PUBLIC_URL must be an https address"),
        (
            {"PUBLIC_URL": "https://remix.example", "RUNWARE_WEBHOOK_URL": "https://h.example/x"},
            "RUNWARE_WEBHOOK_URL cannot be set together with PUBLIC_URL",
        ),
        ({"RUNWARE_TTL": "59"}, "RUNWARE_TTL must be 60 or more"),
        ({"RUNWARE_TTL": "3899"}, "RUNWARE_TTL must be 3900 or more"),
        (
            {"RUNWARE_TTL": "86400", "RUNWARE_OUTPUT_TYPE": "dataURI"},
            "RUNWARE_TTL works only with RUNWARE_OUTPUT_TYPE=URL",
        ),
        ({"RUNWARE_UPLOAD_ENDPOINT": "https://f.example/x"}, "must contain {task} once"),
        ({"RUNWARE_CHECK_MODE": "none"}, "RUNWARE_CHECK_MODE must be fast while"),
        ({"RUNWARE_CHECK_MODE": "slow"}, "RUNWARE_CHECK_MODE must be fast or none"),
        (
            {"RUNWARE_CHECK_MODE": "fast", "RUNWARE_CHECK_CONTENT": "false"},
            "a good value: RUNWARE_CHECK_MODE=none",
        ),
        ({"FAL_STRENGTH": "sideways"}, "FAL_STRENGTH must be 'closer' or 'further'"),
        ({"FALLBACK": "perhaps"}, "FALLBACK must be true or false"),
        ({"OPERATOR_WEBHOOK_URL": "discord"}, "OPERATOR_WEBHOOK_URL must be an http or https"),
    ],
)
def test_options_of_providers_that_do_not_fit_stop_the_start(
    load_with: Load, variables: dict[str, str], sentence: str
) -> None:
    found = faults(load_with, **variables)

    assert len(found) == 1
    assert sentence in found[0]


def test_a_trial_on_this_machine_needs_no_tls(load_with: Load) -> None:
    assert load_with(PUBLIC_URL="http://127.0.0.1:8080").public_url == "http://127.0.0.1:8080"
