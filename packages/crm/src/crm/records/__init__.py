"""The records: leads, contacts, companies, their timelines, the trash. Knows outbound and accounts."""
