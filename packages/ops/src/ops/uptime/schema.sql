-- Everything the prober knows. Moments are milliseconds since 1970, UTC; days are counted from 1970-01-01.

CREATE TABLE targets (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE
);

-- One verdict. It counts until the next one, and for at most hold_ms.
CREATE TABLE probes (
  target INTEGER NOT NULL REFERENCES targets,
  at INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  hold_ms INTEGER NOT NULL,
  latency_ms INTEGER NOT NULL,
  retried INTEGER NOT NULL,
  reason TEXT,
  PRIMARY KEY (target, at)
) WITHOUT ROWID;

CREATE INDEX probes_down ON probes (target, at) WHERE outcome = 2;

-- The account of a whole day, with the maintenance it was made under. A closed one outlives its probes.
CREATE TABLE days (
  target INTEGER NOT NULL REFERENCES targets,
  day INTEGER NOT NULL,
  account BLOB NOT NULL,
  maintenance BLOB NOT NULL,
  closed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (target, day)
) WITHOUT ROWID;

-- What was seen to change: the commit that answers, the day a certificate ends.
CREATE TABLE sightings (
  target INTEGER NOT NULL REFERENCES targets,
  what TEXT NOT NULL,
  seen TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (target, what, at)
) WITHOUT ROWID;

CREATE TABLE incidents (
  id INTEGER PRIMARY KEY,
  target INTEGER NOT NULL REFERENCES targets,
  began INTEGER NOT NULL,
  ended INTEGER,
  reason TEXT NOT NULL,
  file TEXT NOT NULL UNIQUE
);

CREATE TABLE episodes (
  target INTEGER PRIMARY KEY REFERENCES targets,
  episode BLOB NOT NULL
);

-- A message for one channel. Channels are known by a digest of their address, which is a secret.
CREATE TABLE messages (
  id INTEGER PRIMARY KEY,
  channel TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  due INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  sent INTEGER
);
