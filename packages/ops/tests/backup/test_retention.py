"""Retention: what is kept, what is deleted, and what never is."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from backup.backup_helpers import NOON, add_listed_backup, make_backup
from hypothesis import given
from hypothesis import strategies as st

from ops.backup import catalog
from ops.backup.errors import BusyError
from ops.backup.manifest import DatabaseId
from ops.backup.retention import RetentionRules, Stamp, delete_planned, explain_retention, plan_prune

START = datetime(2024, 1, 1, 3, tzinfo=UTC)


def daily(count: int, *, proven: int = -1) -> list[Stamp]:
    return [Stamp(f"{n:06d}", START + timedelta(days=n), n == proven) for n in range(count)]


def list_kept(stamps: list[Stamp], keep: RetentionRules) -> list[str]:
    return [name for name, why in sorted(explain_retention(stamps, keep).items()) if why]


def test_three_years_of_days_become_days_weeks_months_and_years():
    stamps = daily(1000)
    why = explain_retention(stamps, RetentionRules())
    count = {tier: sum(tier in each for each in why.values()) for tier in ("daily", "weekly", "monthly", "yearly")}
    assert count == {"daily": 7, "weekly": 5, "monthly": 12, "yearly": 3}
    assert len(list_kept(stamps, RetentionRules())) == 22
    assert why["000999"] == ["newest", "last", "daily", "weekly", "monthly", "yearly"]


def test_of_each_day_the_newest_is_kept():
    stamps = [Stamp(f"{n:06d}", START + timedelta(hours=n)) for n in range(48)]
    assert list_kept(stamps, RetentionRules(last=1, daily=2, weekly=0, monthly=0, yearly=0)) == ["000044", "000047"]


def test_the_last_proven_one_is_kept_however_old_it_is():
    stamps = daily(1000, proven=5)
    assert explain_retention(stamps, RetentionRules(1, 0, 0, 0, 0))["000005"] == ["last proven"]
    assert list_kept(stamps, RetentionRules(1, 0, 0, 0, 0)) == ["000005", "000999"]


def test_days_without_a_backup_use_up_no_place():
    stamps = [*daily(3), Stamp("000900", START + timedelta(days=900))]
    assert list_kept(stamps, RetentionRules(1, 4, 0, 0, 0)) == ["000000", "000001", "000002", "000900"]


moments = st.integers(0, 100 * 365 * 24).map(lambda hours: START + timedelta(hours=hours))


@given(st.lists(st.tuples(moments, st.booleans()), min_size=1, max_size=60), st.integers(1, 5), st.integers(0, 5))
def test_whatever_the_clocks_said_the_newest_and_the_last_proven_stay(moments_and_proofs, last, each):
    stamps = [Stamp(f"{n:06d}", at, proven) for n, (at, proven) in enumerate(moments_and_proofs)]
    found = list_kept(stamps, RetentionRules(last, each, each, each, each))
    assert stamps[-1].name in found
    assert all(stamp.name in found for stamp in [stamp for stamp in stamps if stamp.is_proven][-1:])
    assert len(found) <= last + 4 * each + 2


@given(st.lists(moments, min_size=1, max_size=60), st.integers(1, 5), st.integers(0, 5))
def test_pruning_twice_is_pruning_once(moments_and_proofs, last, each):
    stamps = [Stamp(f"{n:06d}", at) for n, at in enumerate(moments_and_proofs)]
    keep = RetentionRules(last, each, each, each, each)
    once = list_kept(stamps, keep)
    assert list_kept([stamp for stamp in stamps if stamp.name in once], keep) == once


def test_two_databases_in_one_store_are_kept_apart(ops, keys, store, pumps):
    manifest = make_backup(keys, store, pumps)
    moved = DatabaseId("pumps", "7000000000000000001")
    renamed = DatabaseId("books", manifest.database.system_identifier)
    for number, database in enumerate((moved, renamed, renamed), 2):
        add_listed_backup(keys, store, manifest, number, NOON, of=database)
    rules = ("--last", "1", "--daily", "0", "--weekly", "0", "--monthly", "0", "--yearly", "0")
    plan = json.loads(ops("prune", *rules, "--yes", "--json").stdout)
    assert [name[:6] for name in plan["delete"]] == ["000003"]
    assert list(plan["keep"].values()) == [["newest", "last"]] * 3


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=30), st.integers(1, 3))
def test_another_database_changes_nothing_for_the_first(names, last):
    stamps = [Stamp(f"{n:06d}", START + timedelta(days=n), database=DatabaseId(name)) for n, name in enumerate(names)]
    rules = RetentionRules(last, 1, 1, 1, 1)
    alone = [stamp for stamp in stamps if stamp.database == DatabaseId("a")]
    together = explain_retention(stamps, rules)
    assert explain_retention(alone, rules) == {stamp.name: together[stamp.name] for stamp in alone}


def test_a_timed_backup_prunes_by_the_default_rules(ops, keys, store, pumps):
    like = make_backup(keys, store, pumps)
    for number in range(2, 30):
        add_listed_backup(keys, store, like, number, NOON)
    document = json.loads(ops("create", "--prune", "--json").stdout)
    kept = [number for number in range(1, 30) if number > 27]  # the last three, with the one just made
    assert sorted(document["deleted"]) == [catalog.format_name(n, NOON) for n in range(1, 30) if n not in kept]
    result = ops("create", "--prune")
    assert "Deleted 1 old backup." in result.stdout


def test_a_backup_is_kept_where_the_key_may_not_delete_old_ones(ops, keys, s3_store, bucket, pumps):
    like = make_backup(keys, s3_store, pumps)
    for number in range(2, 9):
        add_listed_backup(keys, s3_store, like, number, NOON)
    bucket.allows_deletion = False
    result = ops("create", "--prune", **bucket.environment)
    assert (result.returncode, result.stdout) == (1, "")
    note, error = result.stderr.splitlines()
    assert note.startswith("000009-")
    assert note.endswith("was made and is whole, but old backups were not deleted.")
    assert "refuses access" in error


def test_the_help_shows_the_default_rules(ops):
    shown = ops("prune", "--help").stdout
    for rule, default in RetentionRules()._asdict().items():
        assert re.search(rf"--{rule} [^-]*\[default: {default}\D", shown.replace("\n", " ")), rule


def test_the_plan_is_shown_and_nothing_goes_without_a_yes(ops, keys, store, pumps):
    like = make_backup(keys, store, pumps)
    for number in range(2, 30):
        add_listed_backup(keys, store, like, number, NOON + timedelta(days=number))
    keep = ("--last", "1", "--daily", "2", "--weekly", "0", "--monthly", "0", "--yearly", "0")
    result = ops("prune", *keep)
    assert result.returncode == 1
    assert result.stdout.count("delete  ") == 27
    assert len(list(store.list_objects())) == 2 * 28 + 3
    planned = json.loads(ops("prune", *keep, "--yes", "--json").stdout)
    assert (len(planned["delete"]), sorted(planned["keep"])) == (27, names(store))
    again = ops("prune", *keep)
    assert (again.returncode, "Nothing to delete." in again.stderr) == (0, True)


def names(store) -> list[str]:
    return sorted({each.path.partition("/")[0] for each in store.list_objects()})


def test_a_store_that_changed_since_the_plan_is_left_alone(keys, store, pumps):
    like = make_backup(keys, store, pumps)
    doomed = add_listed_backup(keys, store, like, 2, NOON)
    add_listed_backup(keys, store, like, 3, NOON)
    keep, trusted = RetentionRules(1, 0, 0, 0, 0), keys.settings.trusted
    plan = plan_prune(catalog.list_backups(store, trusted), keep, NOON)
    assert doomed in [each.name for each in plan.deleted]
    catalog.delete_backup(store, "000003-20260301T120000Z")  # so the doomed one is the newest now
    with pytest.raises(BusyError, match="Nothing was deleted"):
        delete_planned(store, trusted, plan)
    assert doomed in names(store)


def test_what_is_not_ours_is_left_alone(keys, store, pumps):
    store.create("readme.txt", b"theirs")
    store.create("000009-later/archive.dump.zst.age", b"theirs")
    make_backup(keys, store, pumps)
    assert [each.number for each in catalog.list_backups(store, keys.settings.trusted)] == [1]
