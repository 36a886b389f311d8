"""Variables that are missing or wrong are named, all at once, and before anything is asked of the network."""

from __future__ import annotations

import json
import os

import pytest

from ops.backup.store import open_store
from ops.cli import UsageError

S3_KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
AZURE_KEYS = {"AZURE_STORAGE_ACCOUNT_NAME": "ada", "AZURE_STORAGE_ACCOUNT_KEY": "a2V5"}
HTTPS = "must begin with https://. Only a store on this machine may use http://."


def test_all_errors_are_reported_at_once(ops):
    result = ops("create", BACKUP_STORE="", BACKUP_RECIPIENTS="age1nobody", BACKUP_SIGNING_KEY="short")
    assert (result.returncode, result.stdout) == (2, "")
    lines = [line.removeprefix("Error:").split()[0] for line in result.stderr.splitlines()]
    assert lines == ["BACKUP_STORE", "BACKUP_RECIPIENTS", "BACKUP_SIGNING_KEY"]


def test_an_error_is_one_json_document_for_programs(ops):
    result = ops("list", "--json", BACKUP_STORE="")
    assert (result.returncode, result.stderr) == (2, "")
    assert json.loads(result.stdout)["error"].startswith("BACKUP_STORE is missing.")


@pytest.mark.parametrize("address", ["ftp://host/folder", "/nowhere/at/all", "file:///nowhere", "s3:///"])
def test_a_store_that_cannot_exist_is_refused(address):
    with pytest.raises(UsageError, match="BACKUP_STORE"):
        open_store(address, S3_KEYS)


@pytest.mark.parametrize(
    ("address", "variables", "lines"),
    [
        ("s3://b/f", {}, ["AWS_ACCESS_KEY_ID is missing.", "AWS_SECRET_ACCESS_KEY is missing."]),
        ("s3://b/f", {**S3_KEYS, "AWS_SECRET_ACCESS_KEY": " "}, ["AWS_SECRET_ACCESS_KEY is missing."]),
        ("gs://b/f", {}, ["GOOGLE_APPLICATION_CREDENTIALS is missing."]),
        ("gs://b/f", {"GOOGLE_APPLICATION_CREDENTIALS": "/nowhere.json"}, ["/nowhere.json"]),
        ("az://b/f", {"AZURE_STORAGE_ACCOUNT_NAME": "ada"}, ["AZURE_STORAGE_ACCOUNT_KEY is missing."]),
        ("s3://b/f", {**S3_KEYS, "AWS_ENDPOINT_URL": "http://s3.example"}, [f"AWS_ENDPOINT_URL {HTTPS}"]),
        ("s3://b/f", {**S3_KEYS, "AWS_ENDPOINT_URL_S3": "s3.example"}, [f"AWS_ENDPOINT_URL_S3 {HTTPS}"]),
        ("az://b/f", {**AZURE_KEYS, "AZURE_STORAGE_ENDPOINT": "http://a"}, [f"AZURE_STORAGE_ENDPOINT {HTTPS}"]),
    ],
)
def test_what_a_cloud_lacks_is_named_without_a_request(ops, address, variables, lines):
    clouds = {name: None for name in os.environ if name.startswith(("AWS_", "GOOGLE_", "AZURE_"))}
    result = ops("list", BACKUP_STORE=address, **{**clouds, **variables})
    assert (result.returncode, result.stdout) == (2, "")
    for expected, line in zip(lines, result.stderr.splitlines(), strict=True):
        assert expected in line


def test_empty_variables_of_a_cloud_count_as_missing(ops, bucket):
    """compose and workflows pass a variable that nobody has set as an empty one."""
    empty = {"AWS_ENDPOINT_URL_S3": "", "AWS_REGION": "", "AWS_SESSION_TOKEN": ""}
    result = ops.run("list", **{**bucket.environment, **empty})
    assert (result.returncode, "has no backup" in result.stderr) == (0, True)


@pytest.mark.parametrize("command", [["verify"], ["drill"], ["restore"], ["restore", "--record", "pumps:1"]])
def test_an_identity_file_that_is_missing_is_named(ops, command):
    result = ops(*command, "--identity", "/nowhere/key.txt", BACKUP_IDENTITY=None)
    assert (result.returncode, result.stdout.count("key.txt") + result.stderr.count("key.txt")) == (2, 1)
    assert "identity file /nowhere/key.txt cannot be read: No such file" in result.stdout + result.stderr


def test_a_file_name_in_place_of_a_key_gets_an_error_that_says_how_to_name_a_file(ops):
    result = ops("drill", BACKUP_IDENTITY="/home/ada/key.txt")
    assert (result.returncode, "A key file is named with --identity." in result.stderr) == (2, True)
