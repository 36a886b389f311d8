from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import httpx
import msgspec
import pytest
from lookalike.edge import Answer, Asked
from standardwebhooks import Webhook
from verify.asking import unpacked

from ops.verify.access import Key, Program
from ops.verify.checks import Broken, Group, Lane, State, walk
from ops.verify.receiver import listening
from ops.verify.signature import shared_key, signature
from ops.verify.signedin import SignedIn
from ops.verify.synthetic import Synthetic
from ops.verify.target import named
from ops.verify.witnesses import Witnesses

API = "api.octatech.xyz"
WEBHOOK = "whsec_b25seSBmb3IgdGhlc2UgdGVzdHMgb2Ygb3Vycw=="


class Trial:
    """A walk of the signed enquiry through the look-alike."""

    def __init__(self, lookalike, client, key) -> None:
        self.lookalike, self.client, self.key = lookalike, client, key
        self.secret = lookalike.service.environ["SYNTHETIC_KEY"]
        self.environ = {name: lookalike.service.environ[name] for name in ("ADMIN_EMAIL", "ADMIN_PASSWORD")}
        self.patience_s = 20.0
        self.over = asyncio.Event()

    async def results(self):
        with listening() as receiver:
            self.receiver = receiver
            trial = Synthetic(
                self.client, self.key, receiver, page=SignedIn(self.client, self.environ), secret=self.secret,
                over=self.over, patience_s=self.patience_s,
            )  # fmt: skip
            told = await walk(Lane(Group.ENQUIRY, trial.checks()))
        assert self.over.is_set()
        return told

    async def red(self):
        """The one broken check; whatever follows is not reached, and yet everything is removed."""
        results = await self.results()
        [broken] = [each for each in results if each.state is State.BROKEN]
        assert "cannot be judged" not in broken.detail, broken.detail
        assert broken.hint, broken.detail
        assert broken is results[-1] or results[-1].state is State.KEPT
        return broken

    def change(self, path: str, change, method: str = "GET") -> None:
        """Changes JSON answers of addresses that begin so."""

        def alter(asked: Asked, answer: Answer) -> Answer:
            if asked.method != method or not asked.path.startswith(path) or not answer.body:
                return answer
            return answer.saying(json.dumps(change(json.loads(unpacked(answer)))).encode())

        self.lookalike.edge.alter = alter

    def instead(self, serve) -> None:
        """Something between the visitors and the service."""
        usual = self.lookalike.edge.hosts[API]
        self.lookalike.edge.hosts[API] = lambda asked: serve(asked, usual)


@pytest.fixture
def trial(lookalike, client, key) -> Trial:
    return Trial(lookalike, client, key)


async def found(trial, room: str) -> list:
    url = f"{trial.client.target.api_url}/api/v1/{room}"
    answer = await trial.client.get(url, params={"q": trial.key.name}, headers=await trial.key.headers())
    return answer.json()["data"]


async def test_a_signed_enquiry_is_followed_from_the_live_form_until_nothing_is_left(trial):
    told = {each.name: each for each in await trial.results()}
    assert {each.state for each in told.values()} == {State.KEPT}, told
    assert told["trial not counted"].detail.startswith("the figures stand at 0 enquiries, – to first answer, 0 won")
    assert told["trial removed"].detail == "lead, contact and company"
    for room in ("leads", "contacts", "companies"):
        assert await found(trial, room) == []


async def test_a_service_that_looks_at_no_signature_is_found(trial):
    def signing(asked: Asked, serve) -> Answer:
        if "x-synthetic" in asked.headers:
            now = int(datetime.now(UTC).timestamp())
            asked = asked._replace(headers={**asked.headers, "x-synthetic": signature(trial.secret, now, asked.body)})
        return serve(asked)

    trial.instead(signing)
    told = await trial.red()
    assert (told.name, told.detail) == ("forged trial", "A signature of another key is answered 201, not 403")
    assert "intake/synthetic.py" in told.hint
    assert await found(trial, "leads") == []


async def test_a_key_that_the_service_does_not_share_is_found(trial):
    trial.secret = "another key than the service has"
    told = await trial.red()
    assert (told.name, told.detail) == ("trial enquiry", "The service refuses our signature")
    assert "Give both the same SYNTHETIC_KEY" in told.hint


async def test_a_form_that_is_not_there_is_found(trial):
    trial.lookalike.edge.alter = lambda asked, answer: (
        answer.saying(b"<title>Soon</title>") if (asked.host, asked.path) == ("octatech.xyz", "/") else answer
    )
    told = await trial.red()
    assert "has no form that posts" in told.detail


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"synthetic": False}, "is not marked"),
        ({"reference": "E-1"}, "is not marked"),
        ({"contact_id": None}, "no contact"),
    ],
)
async def test_a_lead_that_is_not_whole_is_found(trial, change, said):
    trial.change("/api/v1/leads/", lambda told: {**told, **change} if "synthetic" in told else told)
    told = await trial.red()
    assert told.name == "trial lead"
    assert said in told.detail


@pytest.mark.parametrize(("name", "check"), [("lead_id", "trial lead"), ("notified_at", "trial notified")])
async def test_an_enquiry_that_gets_stuck_is_found(trial, name, check):
    trial.patience_s = 0
    trial.change("/api/v1/operations/synthetic/", lambda told: {**told, name: None})
    told = await trial.red()
    assert told.name == check
    assert f"has no {name} after 0 s" in told.detail
    assert "Is a worker running?" in told.hint


async def test_a_figure_that_counts_it_is_found(trial):
    sent = []

    def alter(asked: Asked, answer: Answer) -> Answer:
        if asked.path == "/api/leads" and answer.status == 201:
            sent.append(asked)
        if asked.path != "/" or asked.host == "octatech.xyz" or not sent:
            return answer
        return answer.saying(unpacked(answer).replace(b'"number-value">0<', b'"number-value">1<', 1))

    trial.lookalike.edge.alter = alter
    told = await trial.red()
    assert told.name == "trial not counted"
    assert "'enquiries': '0'" in told.detail
    assert "today/queries.py" in told.hint


async def test_a_list_that_takes_it_for_an_ordinary_lead_is_found(trial):
    trial.change(
        "/api/v1/leads?", lambda told: {**told, "data": [{**each, "synthetic": False} for each in told["data"]]}
    )
    told = await trial.red()
    assert (told.name, told.detail) == ("trial not counted", "The list of leads gives it as an ordinary one")


async def test_what_stays_behind_is_found(trial):
    kept = Answer(500, [("content-length", "0")])
    trial.instead(lambda asked, serve: kept if asked.method == "DELETE" else serve(asked))
    told = await trial.red()
    assert told.name == "trial removed"
    assert "cannot be removed (500)" in told.detail
    assert "by hand" in told.hint


async def test_without_a_key_to_sign_with_nothing_is_sent(trial):
    trial.secret = ""
    asked = []
    trial.lookalike.edge.alter = lambda told, answer: (asked.append(told), answer)[1]
    assert {each.state for each in await trial.results()} == {State.SKIPPED}
    assert asked == []


async def test_without_a_key_of_the_api_nothing_is_sent(trial):
    trial.key = Key(trial.client.target, {})
    asked = []
    trial.lookalike.edge.alter = lambda told, answer: (asked.append(told), answer)[1]
    told = await trial.results()
    assert {each.state for each in told} == {State.SKIPPED}
    assert "CRM_API_KEY" in told[0].detail
    assert asked == []


def telling(trial: Trial, *events: str):
    """A service that a receiver on this machine may hear, and that tells it of these events."""

    def tell(reference: str) -> None:
        for number, event in enumerate(events):
            body, now = json.dumps({"type": event, "data": {"reference": reference}}), datetime.now(UTC)
            headers = {
                "webhook-id": f"msg_{number}",
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": Webhook(WEBHOOK).sign(f"msg_{number}", now, body),
            }
            httpx.post(trial.receiver.url, content=body, headers=headers, trust_env=False)

    def serve(asked: Asked, usual) -> Answer:
        said: object = {"data": [{"event": event} for event in events]}
        if asked.path.startswith("/api/v1/webhooks"):
            if asked.method == "POST":
                said = {"id": 7, "secret": WEBHOOK}
            if asked.method == "DELETE":
                return Answer(204, [])
            status = {"POST": 201, "GET": 200}[asked.method]
            return Answer(status, [("content-type", "application/json")]).saying(json.dumps(said).encode())
        answer = usual(asked)
        if asked.path == "/api/leads" and answer.status == 201:
            tell(json.loads(answer.body)["reference"])
        return answer

    trial.instead(serve)
    trial.client.target = msgspec.structs.replace(trial.client.target, local=True)


@pytest.fixture
def at_home(trial, tmp_path) -> Trial:
    trial.environ = {"DATA_DIR": str(tmp_path)}
    return trial


async def test_on_this_machine_a_receiver_hears_of_the_trial_alone(at_home):
    telling(at_home, "lead.synthetic")
    told = {each.name: each for each in await at_home.results()}
    assert told["trial not counted"].detail == "webhooks heard lead.synthetic alone"
    assert {each.state for each in told.values()} == {State.KEPT}


async def test_a_receiver_that_hears_of_an_ordinary_lead_is_found(at_home):
    telling(at_home, "lead.created", "lead.synthetic")
    told = await at_home.red()
    assert told.name == "trial not counted"
    assert "was told lead.created, lead.synthetic, not lead.synthetic alone" in told.detail
    assert "reactions.py" in told.hint


def test_on_this_machine_the_key_is_the_one_that_the_house_keeps(tmp_path):
    house, environ = named("local", {"DATA_DIR": str(tmp_path)}), {"DATA_DIR": str(tmp_path), "SYNTHETIC_KEY": "away"}
    assert shared_key(environ, house) == ""
    (tmp_path / "synthetic-key").write_text("at-home\n")
    assert shared_key(environ, house) == "at-home"
    assert shared_key(environ, msgspec.structs.replace(house, local=False)) == "away"


@pytest.mark.parametrize(
    ("message", "said"), [(None, "No webhook told of E-1 within 0 s"), (b'{"reference": "E-1"}', "is wrong")]
)
async def test_a_receiver_that_hears_nothing_or_something_unsigned_is_found(at_home, message, said):
    telling(at_home)
    program = Program(at_home.client, at_home.key)
    with listening() as receiver:
        witnesses = Witnesses(program, receiver, SignedIn(at_home.client, at_home.environ), "mark")
        await witnesses.call()
        if message:
            receiver.take({"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,"}, message)
        with pytest.raises(Broken, match=said) as fault:
            await witnesses.hear("E-1", 0)
    assert fault.value.hint
