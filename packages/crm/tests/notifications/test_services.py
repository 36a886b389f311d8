from __future__ import annotations

import pytest

from crm.outbound.notifications import services

ACCEPTED = [
    ("ada@crm.test", "email"),
    ("mailto:ada@crm.test", "email"),
    ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "discord"),
    ("https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "discord"),
    ("https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?thread=12345", "discord"),
    ("https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "slack"),
    ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general".replace("/#general", "/general"), "slack"),
    ("tgram://123456789:abcdefg_hijklmnop/12315544", "telegram"),
    ("ntfy://octatech-leads", "ntfy"),
    ("ntfys://octatech-leads?priority=high", "ntfy"),
    ("https://ntfy.sh/octatech-leads", "ntfy"),
    ("pover://uuuuuuuuuuuuuuuuuuuuuuuuuuuuuu@tttttttttttttttttttttttttttttt", "pushover"),
    ("pbul://a6k4ABnck26hDh8AA3EDHoOVdDEUlw3nty", "pushbullet"),
    ("https://chat.googleapis.com/v1/spaces/AAAAAAA/messages?key=kkkkkkkk&token=tttttttt", "gchat"),
    ("https://webexapis.com/v1/webhooks/incoming/" + "a" * 80, "webex"),
    (
        "https://prod-15.uksouth.logic.azure.com:443/workflows/3XXX5/triggers/manual/paths/invoke"
        "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=iXXXXU",
        "teams",
    ),
]

REFUSED = [
    # Any host at all.
    ("json://127.0.0.1/", "as a webhook"), ("jsons://example.org/", "as a webhook"), ("xml://10.0.0.1", "as a webhook"),
    ("form://169.254.169.254/", "as a webhook"), ("http://example.org/hook", "as a webhook"),
    ("https://example.org/hook", "as a webhook"), ("apprise://127.0.0.1/token", "as a webhook"),
    ("http://discord.com/api/webhooks/1/a", "as a webhook"),
    # Self-hosted servers.
    ("gotify://127.0.0.1/token", "gotify"), ("matrix://user:word@127.0.0.1/#room".replace("/#room", "/room"), "matrix"),
    ("mmost://127.0.0.1/token", "mmost"), ("rockets://host/x", "rockets"), ("ncloud://host/x", "ncloud"),
    ("syslog://127.0.0.1", "syslog"), ("mqtt://127.0.0.1/topic", "mqtt"), ("file:///etc/passwd", "file"),
    ("dbus://", "dbus"), ("exec://ls", "exec"),
    # A known service with another host.
    ("ntfy://127.0.0.1/topic", "ntfy.sh"), ("ntfys://ntfy.example.org/topic", "ntfy.sh"),
    ("ntfy://user:word@127.0.0.1:8080/topic", "ntfy.sh"), ("ntfy://topic?mode=private", "mode"),
    ("workflows://127.0.0.1:443/workflow/signature/", "Teams"),
    ("workflows://evil.example:443/workflow/signature/", "Teams"),
    ("workflows://prod.logic.azure.com.evil.example:443/workflow/signature/", "Teams"),
    ("workflows://prod-1.uksouth.logic.azure.com:22/workflow/signature/", "Teams"),
    ("https://evil.example/workflows/1/triggers/manual/paths/invoke?sig=x", "as a webhook"),
    ("https://discord.com.evil.example/api/webhooks/1/a", "as a webhook"),
    ("https://discord.com@evil.example/api/webhooks/1/a", "as a webhook"),
    # Options that read files, fetch pages or loosen the check of certificates.
    ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?template=/etc/passwd", "template"),
    ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?template=http://127.0.0.1/", "template"),
    ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?verify=no", "verify"),
    ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?avatar_url=http://127.0.0.1/", "avatar_url"),
    ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?redirect=yes", "redirect"),
    ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?+X-Header=1", "X-Header"),
    ("tgram://123456789:abcdefg_hijklmnop/12315544?content=before", "content"),
    # Incomplete, or more than one address.
    ("discord://4174216298", "complete"), ("discord://", "complete"), ("tgram://nonsense", "complete"),
    ("https://discord.com/", "complete"), ("mailto://user:word@example.org", "For mail"),
    ("discord://1/a json://127.0.0.1", "blanks"), ("discord://1/a\njson://127.0.0.1", "blanks"),
    ("discord://1/a#fragment", "#"), ("https://[::1", "cannot be read"),
    ("", "mail address"), ("ada", "mail address"), ("ada@crm.test, spy@evil.example", "mail address"),
    ("Ada <ada@crm.test>", "mail address"),
]  # fmt: skip


@pytest.mark.parametrize(("address", "service"), ACCEPTED)
def test_an_address_of_a_service_with_a_public_host_is_accepted(address: str, service: str):
    assert services.parse_target(address).service == service


@pytest.mark.parametrize(("address", "words"), REFUSED)
def test_every_other_address_is_refused_with_what_to_do(address: str, words: str):
    with pytest.raises(services.InvalidTargetError, match=words):
        services.parse_target(address)


@pytest.mark.parametrize(("address", "service"), ACCEPTED[2:])
def test_the_hint_does_not_reveal_the_address(address: str, service: str):
    assert len(services.parse_target(address).hint) <= 5


def test_an_address_is_checked_again_as_apprise_parsed_it():
    with pytest.raises(services.InvalidTargetError):
        services.load_plugin("slack", "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js")


def test_redirects_are_not_followed():
    assert services.load_plugin("discord", "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js").redirects is False
