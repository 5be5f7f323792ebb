-- Version 1 of the store's database (PRAGMA user_version). Revisions are numbers of commits.

-- The present state.
CREATE TABLE records (
    key      BLOB    NOT NULL PRIMARY KEY,
    value    BLOB    NOT NULL,
    created  INTEGER NOT NULL,
    modified INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What `records` no longer holds: each was in force from `modified` up to, not including, `until`.
-- Kept while `until` is later than the oldest revision that can be read.
CREATE TABLE past (
    key      BLOB    NOT NULL,
    modified INTEGER NOT NULL,
    created  INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    value    BLOB    NOT NULL,
    PRIMARY KEY (key, modified)
) STRICT, WITHOUT ROWID;
CREATE INDEX past_by_end ON past (until);

-- Which keys each commit wrote, for watchers. Kept while `revision` is later than the oldest that can be read.
CREATE TABLE changes (
    revision INTEGER NOT NULL,
    key      BLOB    NOT NULL,
    deleted  INTEGER NOT NULL,
    PRIMARY KEY (revision, key)
) STRICT, WITHOUT ROWID;

-- One row. `settled` counts the times that a failed commit was made void (see writer.rs).
CREATE TABLE state (
    only    INTEGER NOT NULL PRIMARY KEY CHECK (only = 0),
    newest  INTEGER NOT NULL,
    oldest  INTEGER NOT NULL,
    settled INTEGER NOT NULL
) STRICT;
INSERT INTO state VALUES (0, 0, 0, 0);
