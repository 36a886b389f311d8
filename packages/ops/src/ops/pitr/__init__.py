"""Point-in-time recovery with pgBackRest, which reads its own settings: PGBACKREST_… variables or pgbackrest.conf."""
