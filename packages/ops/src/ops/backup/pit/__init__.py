"""Point in time: base backups and the WAL between them, so that a database can be as it was at any second.

A base backup (`taking`) and the files of the write-ahead log (`deposit`, sent by `receiving` or by PostgreSQL's own
archive_command) lie beside the dumps, sealed and signed as they are. `windows` says which seconds can be reached,
`restoring` goes there.
"""
