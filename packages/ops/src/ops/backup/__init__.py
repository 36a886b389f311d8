"""Backups that are known to restore: created, checked, proven by drill, pruned.

A backup is a folder in the store: `claim.json` (written first, reserves the name), `archive.dump.zst.age` (pg_dump,
compressed, encrypted), `manifest.json` (its contents, signed, written last) and `proofs/` (signed drills).
"""
