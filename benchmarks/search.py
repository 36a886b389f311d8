"""The search over everything, on many records: how long each sort of question takes, and what the index weighs.

The records hold words as a language has them: a few are in most messages, most are in few. Half of the records are
leads, a quarter contacts, a fifth notes, a twentieth companies.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import quote

import httpx
import lead_database
import processes
import psycopg
from growth import compute_percentile

from crm import migrate
from shared import embedded_postgres

ROUNDS = 40
CHUNK = 10_000
HOLD_MS = {100_000: 50, 1_000_000: 100}

# Word `n` is made of syllables; small numbers are drawn far more often than large ones.
WORD = """
CREATE FUNCTION bench_word(n integer) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    s CONSTANT text[] := '{ka,lo,mi,ren,tu,sa,vel,or,pin,da,quo,ster,ni,bal,fe,gra,hu,zen,pa,tri}';
BEGIN
    RETURN s[1 + n % 20] || s[1 + n / 20 % 20] || s[1 + n / 400 % 20]
        || CASE WHEN n < 8000 THEN '' ELSE s[1 + n / 8000] END;
END
$$;
CREATE FUNCTION bench_text(words integer) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    result text := bench_word((power(random(), 4) * 60000)::integer);
BEGIN
    FOR place IN 2 .. words LOOP
        result := result || ' ' || bench_word((random() ^ 4 * 60000)::integer);
    END LOOP;
    RETURN result;
END
$$;
"""
ROWS = {
    "companies": """
        INSERT INTO companies (name, domain, phone, created_at, updated_at)
        SELECT initcap(bench_text(2)), 'company' || g || '.example', '+49 30 ' || 1000000 + g, at, at
        FROM generate_series({from_}, {to}) AS g, LATERAL (SELECT now() - ({all} - g) * interval '9 minutes' AS at) AS x
    """,
    "contacts": """
        INSERT INTO contacts (name, email, email_key, phone, company_id, created_at, updated_at)
        SELECT initcap(bench_text(2)), address, address, '+49 (0)171 ' || 2000000 + g,
               (SELECT min(id) FROM companies) + g % {companies}, at, at
        FROM generate_series({from_}, {to}) AS g,
             LATERAL (SELECT 'person' || g || '@company' || g % {companies} || '.example' AS address,
                             now() - ({all} - g) * interval '3 minutes' AS at) AS x
    """,
    "leads": """
        INSERT INTO leads (reference, name, email, company, message, channel, contact_id, received_at, status_at,
                           created_at, updated_at)
        SELECT 'E-' || g || '-X', contacts.name, contacts.email, initcap(bench_text(2)), bench_text(20 + g % 80),
               'site', contacts.id, at, at, at, at
        FROM generate_series({from_}, {to}) AS g
        CROSS JOIN LATERAL (SELECT now() - ({all} - g) * interval '90 seconds' AS at) AS x
        JOIN contacts ON contacts.id = (SELECT min(id) FROM contacts) + g % {contacts}
    """,
    "activities": """
        INSERT INTO activities (kind, body, lead_id, by_kind, by_name, at, created_at, updated_at)
        SELECT 'note', bench_text(25), (SELECT min(id) FROM leads) + g % {leads}, 'person', 'Ada', now(), now(), now()
        FROM generate_series({from_}, {to}) AS g
    """,
}
SHARES = {"companies": 0.05, "contacts": 0.25, "leads": 0.5, "activities": 0.2}


class Question(NamedTuple):
    """One sort of question: what is asked, and the milliseconds of each answer.

    `worked_ms` is the processor time of the service and the database. On a machine with nothing else to do an answer
    takes little longer; `took_ms` also holds the time in which others had the processors.
    """

    name: str
    took_ms: list[float]
    worked_ms: list[float]
    example: str


class Found(NamedTuple):
    """`index_mb` is the words, their index and the vocabulary, `data_mb` the records themselves."""

    records: int
    questions: list[Question]
    index_mb: float
    data_mb: float
    indexed_s: float


def measure(records: int) -> Found:
    """Ask each sort of question `ROUNDS` times, each time for something else."""
    with _fill(records) as (url, indexed_s), lead_database.run_crm(url, API_RATE_LIMIT="1000000") as server:  # type: ignore[attr-defined]
        key = lead_database.create_key(url)
        database = processes.find_server(url)
        chance = random.Random(7)
        questions = []
        with httpx.Client(base_url=server.url, headers={"authorization": f"Bearer {key}"}, timeout=60) as client:
            for name, texts in _questions(url, chance).items():
                answers = [_ask(client, text, server.pid, database) for text in texts]
                took, worked = ([answer[place] for answer in answers] for place in (0, 1))
                print(
                    f"  {name}: {statistics.median(took):.1f} ms, {statistics.median(worked):.1f} at work", flush=True
                )
                questions.append(Question(name, took, worked, texts[0]))
        with psycopg.connect(url) as connection:
            index_mb, data_mb = (
                connection.execute(
                    "SELECT sum(pg_total_relation_size(oid)) / 1e6 FROM pg_class WHERE relkind = 'r' "
                    "AND relnamespace = 'public'::regnamespace AND (relname LIKE 'search%%') = %s",
                    [is_index],
                ).fetchone()[0]  # type: ignore[index]
                for is_index in (True, False)
            )
        return Found(records, questions, float(index_mb), float(data_mb), indexed_s)


def format_table(found: Found) -> list[str]:
    """The answers as a Markdown table."""
    every = Question(
        "all of them",
        [each for question in found.questions for each in question.took_ms],
        [each for question in found.questions for each in question.worked_ms],
        "",
    )
    return [
        f"| `GET /api/v1/search`, {found.records:,} records | for example | p50 ms | p95 ms "
        "| processor time, p50 ms | p95 ms |",
        "|---|---|---:|---:|---:|---:|",
        *(
            f"| {each.name} | {f'`{each.example}`' if each.example else ''} | {statistics.median(each.took_ms):.1f} "
            f"| {compute_percentile(each.took_ms, 0.95):.1f} | {statistics.median(each.worked_ms):.1f} "
            f"| {compute_percentile(each.worked_ms, 0.95):.1f} |"
            for each in [*found.questions, every]
        ),
        "",
        f"Hold: p95 ≤ {HOLD_MS.get(found.records, 100)} ms on an idle machine. The index weighs "
        f"{found.index_mb:,.0f} MB beside {found.data_mb:,.0f} MB of records, and took {found.indexed_s:,.0f} s to "
        "make.",
    ]


def _ask(client: httpx.Client, text: str, pid: int, database: processes.Server) -> tuple[float, float]:
    """The milliseconds of one answer: as it was seen, and of processor time."""
    before = _work(pid, database)
    began = time.perf_counter()
    answer = client.get(f"/api/v1/search?q={quote(text)}")
    took = time.perf_counter() - began
    answer.raise_for_status()
    return took * 1000, (_work(pid, database) - before) * 1000


def _work(pid: int, database: processes.Server) -> float:
    return processes.read_seconds(pid) + sum(processes.read_seconds(backend) for backend in database.backends())


def _questions(url: str, chance: random.Random) -> dict[str, list[str]]:
    """The texts of each sort of question."""
    with psycopg.connect(url) as connection:

        def words(low: int, high: int) -> list[str]:
            numbers = [chance.randrange(low, high) for _ in range(ROUNDS)]
            rows = connection.execute("SELECT bench_word(n) FROM unnest(%s::integer[]) AS n", [numbers]).fetchall()
            return [row[0] for row in rows]

        contacts = connection.execute("SELECT count(*) FROM contacts").fetchone()[0]  # type: ignore[index]
        some = [chance.randrange(1, contacts) for _ in range(ROUNDS)]
        names = connection.execute(
            "SELECT name FROM contacts JOIN unnest(%s::integer[]) AS n ON id = (SELECT min(id) FROM contacts) + n",
            [some],
        ).fetchall()
        return {
            "a very common word": words(0, 20),
            "a common word": words(20, 1000),
            "a rare word": words(20_000, 59_000),
            "two words": [f"{one} {two}" for one, two in zip(words(0, 400), words(0, 4000), strict=True)],
            "a person's name": [row[0] for row in names],
            "an e-mail address": [f"person{n}@company{n % max(1, contacts // 5)}.example" for n in some],
            "a phone number": [f"+49 171 {2_000_000 + n}" for n in some],
            "the end of a phone number": [str(2_000_000 + n)[-6:] for n in some],
            "a reference": [f"E-{n}-X" for n in some],
            "one letter": [chance.choice("kalomirentusvpdqbfghz") for _ in range(ROUNDS)],
            "two letters": [word[:2] for word in words(0, 8000)],
            "three letters": [word[:3] for word in words(0, 8000)],
            "the beginning of a word": [word[:5] for word in words(0, 8000)],
            "half a word": [word[1:-1] for word in words(400, 59_000)],
            "one typo": [_mistype(word, chance) for word in words(400, 59_000)],
            "nothing that is there": [f"xylo{chance.randrange(10**6)}wq" for _ in range(ROUNDS)],
        }


def _mistype(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    return word[:at] + chance.choice("abcdefghijklmnopqrstuvwxyz") + word[at + 1 :]


@contextmanager
def _fill(records: int) -> Iterator[tuple[str, float]]:
    with embedded_postgres.scratch({}) as cluster:
        url = cluster.dsn()
        migrate.migrate(url)
        counts = {kind: int(records * share) for kind, share in SHARES.items()}
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT setseed(0.42)")
            connection.execute(WORD)  # type: ignore[arg-type]
            connection.execute("ALTER TABLE activities DISABLE TRIGGER search_added")
            connection.execute("SET crm.indexing = 'later'")
            indexed_s = 0.0
            for kind, rows in ROWS.items():
                for start in range(1, counts[kind] + 1, CHUNK):
                    end = min(start + CHUNK - 1, counts[kind])
                    values = {"from_": start, "to": end, "all": counts[kind], **counts}
                    connection.execute(rows.format(**values))  # type: ignore[arg-type]
            for kind in ROWS:
                began = time.perf_counter()
                for start in range(0, counts[kind] + 1, CHUNK):
                    connection.execute(
                        f"SELECT index_{kind}(ARRAY(SELECT id FROM {kind} ORDER BY id LIMIT {CHUNK} OFFSET {start}))"  # type: ignore[arg-type]
                    )
                indexed_s += time.perf_counter() - began
                print(f"  {counts[kind]:,} {kind}", flush=True)
            connection.execute("ALTER TABLE activities ENABLE TRIGGER search_added")
            connection.execute("VACUUM ANALYZE")
        yield url, indexed_s


if __name__ == "__main__":
    print("\n".join(format_table(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))))
