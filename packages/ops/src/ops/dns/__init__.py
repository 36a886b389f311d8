"""The names of the house: which records the world should see, carried out by octoDNS, and whether the world sees them.

Front door for other parts of `ops`; only `provider`, `plan` and `command` need octoDNS, the rest needs dnspython:

    asked = ops.dns.railway.records(token, zone)      what Railway asks for; () without a token
    ops.dns.zone.desired(site, asked)                 the records, pure
    ops.dns.zone.awaited(site, asked)                 what somebody has yet to tell, and who
    servers = ops.dns.servers.named(["127.0.0.1:5300"])   or `servers.of_zone(zone)`
    ops.dns.look.findings(records, servers)           what the world sees otherwise, with what to paste
"""
