-- The index of the audit log. Everything in it can be made anew from the log.

-- One row: how far the log is indexed, and how many times the index was begun anew.
CREATE TABLE state (
    only       INTEGER NOT NULL PRIMARY KEY CHECK (only = 0),
    generation INTEGER NOT NULL,
    segment    INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    link       BLOB
) STRICT;
INSERT INTO state VALUES (0, 0, 0, 0, 0, NULL);

-- What events are found by.
CREATE TABLE terms (
    id    INTEGER NOT NULL PRIMARY KEY,
    field INTEGER NOT NULL,
    value TEXT    NOT NULL,
    UNIQUE (field, value)
) STRICT;

-- The numbers of a term's events: `first`, then differences.
CREATE TABLE postings (
    term    INTEGER NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    numbers BLOB    NOT NULL,
    PRIMARY KEY (term, first)
) STRICT, WITHOUT ROWID;

-- The first four bytes of the ids of the newest events.
CREATE TABLE ids (
    number INTEGER NOT NULL PRIMARY KEY,
    id     INTEGER NOT NULL
) STRICT;

-- Those of older ones, in order: each with the distance of its number from `first`.
CREATE TABLE id_runs (
    first   INTEGER NOT NULL PRIMARY KEY,
    last    INTEGER NOT NULL,
    entries BLOB    NOT NULL
) STRICT;

-- Where events stand that follow each other in one segment: for each, its time as a difference to `base`, and its line's length.
CREATE TABLE blocks (
    first    INTEGER NOT NULL PRIMARY KEY,
    last     INTEGER NOT NULL,
    segment  INTEGER NOT NULL,
    before   INTEGER,
    position INTEGER NOT NULL,
    finish   INTEGER NOT NULL,
    base     INTEGER NOT NULL,
    earliest INTEGER NOT NULL,
    latest   INTEGER NOT NULL,
    spots    BLOB    NOT NULL
) STRICT;
CREATE INDEX blocks_by_earliest ON blocks (earliest, last);
CREATE INDEX blocks_by_latest ON blocks (latest, first);
