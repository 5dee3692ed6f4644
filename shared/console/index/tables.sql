-- The console's index: everything in it follows from the journal. `psdf console rebuild` makes it anew.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Events that have words, and what was laid aside. `at` is the decision's moment in microseconds, never before that of
-- the stream's decision before it; `depth` is how many decisions lie between the event and the outside: together with
-- service, stream and place they give the same order whichever way the commits came.
CREATE TABLE event (
    seq INTEGER PRIMARY KEY, type TEXT NOT NULL, day TEXT NOT NULL, at INTEGER NOT NULL, depth INTEGER NOT NULL,
    service INTEGER NOT NULL, stream TEXT NOT NULL, place INTEGER NOT NULL, decision INTEGER NOT NULL,
    moment TEXT NOT NULL, id TEXT NOT NULL, cause TEXT NOT NULL, body BLOB NOT NULL
);
CREATE TABLE about (kind TEXT NOT NULL, key TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (kind, key, seq))
    WITHOUT ROWID;
CREATE TABLE tally (point TEXT PRIMARY KEY, decisions INTEGER NOT NULL) WITHOUT ROWID;

-- How each invoice stood at the end of each day on which something happened to it: from `day` until before `until`.
CREATE TABLE invoice (
    id TEXT NOT NULL, day TEXT NOT NULL, until TEXT NOT NULL DEFAULT '9999-12-31', state TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'invoice', provider TEXT NOT NULL DEFAULT '', contract TEXT NOT NULL DEFAULT '',
    payer TEXT NOT NULL DEFAULT '', article TEXT NOT NULL DEFAULT '', source TEXT NOT NULL DEFAULT '',
    month TEXT NOT NULL DEFAULT '', amount INTEGER, received TEXT, check_by TEXT, waits_for TEXT, accepted TEXT,
    arrived TEXT, due TEXT, pay_on TEXT, reason TEXT, waiting INTEGER NOT NULL DEFAULT 0,
    unordered INTEGER NOT NULL DEFAULT 0, over INTEGER NOT NULL DEFAULT 0, notice TEXT, late INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id, day)
) WITHOUT ROWID;

CREATE TABLE contract (
    id TEXT NOT NULL, day TEXT NOT NULL, until TEXT NOT NULL DEFAULT '9999-12-31', year INTEGER NOT NULL,
    provider TEXT NOT NULL, payer TEXT NOT NULL, article TEXT NOT NULL, source TEXT NOT NULL, ceiling INTEGER,
    accepted INTEGER NOT NULL, valid_from TEXT NOT NULL, valid_to TEXT NOT NULL, ended_on TEXT,
    PRIMARY KEY (id, day)
) WITHOUT ROWID;

CREATE TABLE provider (code TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE payorder (
    id TEXT PRIMARY KEY, invoice TEXT NOT NULL, year INTEGER NOT NULL, payer TEXT NOT NULL, article TEXT NOT NULL,
    source TEXT NOT NULL, amount INTEGER NOT NULL, day TEXT NOT NULL, partial INTEGER NOT NULL, e2e TEXT NOT NULL,
    iban TEXT, outcome TEXT, outcome_day TEXT, outcome_on TEXT, outcome_reason TEXT,
    returned_day TEXT, returned_on TEXT
) WITHOUT ROWID;
CREATE INDEX payorder_invoice ON payorder (invoice);

CREATE TABLE notice (
    no TEXT PRIMARY KEY, year INTEGER NOT NULL, article TEXT NOT NULL, state TEXT NOT NULL, prepared TEXT NOT NULL,
    ended TEXT, because TEXT, sha256 TEXT, covers INTEGER NOT NULL, allotted INTEGER NOT NULL,
    transferred INTEGER NOT NULL, exceeding INTEGER NOT NULL, planned INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE parked (
    id TEXT PRIMARY KEY, day TEXT NOT NULL, service TEXT NOT NULL, topic TEXT NOT NULL, received TEXT NOT NULL,
    error TEXT NOT NULL, raw BLOB NOT NULL, released TEXT
);

CREATE TABLE seal (
    number INTEGER PRIMARY KEY, day TEXT NOT NULL, root TEXT NOT NULL, previous TEXT, streams INTEGER NOT NULL,
    events INTEGER NOT NULL, public_key TEXT NOT NULL
);

-- What the owner of a sum says of it, at the end of each day on which it decided: made by the service's own views.
CREATE TABLE standing (
    what TEXT NOT NULL, day TEXT NOT NULL, version INTEGER NOT NULL, hash TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (what, day)
) WITHOUT ROWID;

-- When each service last told something on a day.
CREATE TABLE told (
    service INTEGER NOT NULL, day TEXT NOT NULL, at INTEGER NOT NULL, moment TEXT NOT NULL, PRIMARY KEY (service, day)
) WITHOUT ROWID;

-- For whoever reads on: how late each stream's last event is, and the states that sums are made of, as they were when the
-- journal was `read` so far; what came since is folded onto them.
CREATE TABLE stream (service INTEGER NOT NULL, stream TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (service, stream))
    WITHOUT ROWID;
CREATE TABLE fold (
    service TEXT NOT NULL, stream TEXT NOT NULL, read INTEGER NOT NULL, day TEXT NOT NULL, version INTEGER NOT NULL,
    hash BLOB NOT NULL, PRIMARY KEY (service, stream)
) WITHOUT ROWID;
CREATE TABLE fold_piece (service TEXT NOT NULL, stream TEXT NOT NULL, field TEXT NOT NULL, body BLOB NOT NULL);

CREATE VIRTUAL TABLE name USING fts5 (kind UNINDEXED, key UNINDEXED, text, tokenize = 'unicode61 remove_diacritics 2');
