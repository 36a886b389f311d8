"""Backups that are known to restore: made, kept, checked, proven by drill, and thinned out.

A backup is a folder in the store: `claim.json` (reserved first), `archive.dump.zst.age` (pg_dump, compressed,
encrypted), `manifest.json` (what is in it, signed, written last) and `proofs/` (drills it passed, signed).
"""
