-- The store, version 1. Runs in one transaction; `PRAGMA user_version` then says which version it is.
--
-- Choices, set by `store/open.rs` on each connection:
--   journal_mode = WAL          readers (the inbox, a report) and the nightly run do not wait for each other, and a
--                               document change costs no fsync. Where the file system has no shared memory (some
--                               network file systems) it is DELETE, and the run says so.
--   synchronous = NORMAL        with WAL: a killed process loses nothing; a power cut may lose the last document
--                               changes, never the store's consistency, and the next run makes them again.
--               = FULL          with a rollback journal, where NORMAL could damage the store in a power cut.
--   foreign_keys = ON           no clause without its document change.
--   busy_timeout = 10 s         somebody's open transaction is waited for, then told.
--   cache_size = 32 MiB         of memory at most; page_size = 8192, since bodies are of some kilobytes.
--   temp_store = MEMORY, mmap_size = 0: a truncated file must give an error, not a signal.
--   wal_autocheckpoint = 2000   pages (16 MiB), so the log stays short; a run's end truncates it.
--   application_id              0x74736674 ("tsft"): `file` and other programs can tell what it is.
-- Tables are STRICT. Times are RFC 3339 in UTC; only the command line reads the clock, nothing is decided by it.

-- A judge: a model by its name and checksum; the deterministic rules have the checksum ''.
CREATE TABLE model (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    UNIQUE (name, checksum)
) STRICT;

-- One nightly run. A run that was killed has no end; the next one gives it the outcome 'killed'.
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    started TEXT NOT NULL,
    ended TEXT,
    outcome TEXT CHECK (outcome IN ('done', 'partly', 'interrupted', 'failed', 'killed')),
    version TEXT NOT NULL,
    engine INTEGER NOT NULL,
    model_id INTEGER NOT NULL REFERENCES model,
    stored INTEGER NOT NULL DEFAULT 0,
    refreshed INTEGER NOT NULL DEFAULT 0,
    reason TEXT
) STRICT;

-- What a run did with one collection, and why not more.
CREATE TABLE run_collection (
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    source TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'unchanged', 'partly', 'interrupted', 'failed')),
    head TEXT,
    stored INTEGER NOT NULL,
    reason TEXT,
    PRIMARY KEY (run_id, source)
) STRICT, WITHOUT ROWID;

-- A collection. `head` is the commit up to which everything is stored; `scope` is what of it was
-- asked for then (branch, filters, engine). Both are set last, so a killed run leaves the old ones.
CREATE TABLE collection (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    head TEXT,
    scope TEXT
) STRICT;

-- A document change, by its identity. `gone`: its commit is no longer in the history (a rewritten one);
-- kept, since somebody may have written about it, but not reported.
CREATE TABLE document_change (
    id INTEGER PRIMARY KEY,
    collection_id INTEGER NOT NULL REFERENCES collection,
    path TEXT NOT NULL,
    commit_id TEXT NOT NULL,
    public_id TEXT NOT NULL,
    service TEXT NOT NULL,
    terms_type TEXT NOT NULL,
    date TEXT NOT NULL,
    seconds INTEGER NOT NULL,
    place INTEGER NOT NULL,
    gone INTEGER NOT NULL DEFAULT 0,
    stored_by INTEGER NOT NULL REFERENCES run,
    announced_by INTEGER REFERENCES run,
    UNIQUE (collection_id, path, commit_id)
) STRICT;
CREATE INDEX document_change_public ON document_change (public_id);
CREATE INDEX document_change_unannounced ON document_change (id) WHERE announced_by IS NULL;

-- The clause changes of a comparison, without what hangs on the commit (ids, links), compressed JSON. A document that
-- flips between two versions makes the same comparison again and again; it is kept once.
CREATE TABLE comparison (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    clauses BLOB NOT NULL
) STRICT;

-- What a judge of one version of the engine made of a document change: the whole record. `current` is the one that
-- is reported; those of other models stay for comparison.
CREATE TABLE assessment (
    id INTEGER PRIMARY KEY,
    document_change_id INTEGER NOT NULL REFERENCES document_change ON DELETE CASCADE,
    model_id INTEGER NOT NULL REFERENCES model,
    engine INTEGER NOT NULL,
    current INTEGER NOT NULL,
    unreadable INTEGER NOT NULL,
    status TEXT NOT NULL,
    priority REAL NOT NULL,
    materiality TEXT,
    effect TEXT,
    categories TEXT NOT NULL,
    cost INTEGER NOT NULL,
    record BLOB NOT NULL,
    comparison_id INTEGER REFERENCES comparison,
    UNIQUE (document_change_id, model_id)
) STRICT;
CREATE UNIQUE INDEX assessment_current ON assessment (document_change_id) WHERE current = 1;
CREATE INDEX assessment_comparison ON assessment (comparison_id);

-- The texts of clause changes that were judged, each pair once.
CREATE TABLE clause_text (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    before TEXT,
    after TEXT
) STRICT;

-- Which clause changes a document change has. Those of noise (returns, walls, upgrades) were not looked into and stand
-- only in the comparison: a search should not find a sentence once for each flip.
CREATE TABLE clause_change (
    document_change_id INTEGER NOT NULL REFERENCES document_change ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    public_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    clause_text_id INTEGER NOT NULL REFERENCES clause_text,
    PRIMARY KEY (document_change_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX clause_change_text ON clause_change (clause_text_id);

-- What a judge said of each of them.
CREATE TABLE prediction (
    assessment_id INTEGER NOT NULL REFERENCES assessment ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    materiality TEXT NOT NULL,
    materiality_score REAL NOT NULL,
    effect TEXT,
    effect_score REAL,
    categories TEXT NOT NULL,
    PRIMARY KEY (assessment_id, ordinal)
) STRICT, WITHOUT ROWID;

-- Raw outputs of a model's heads for an encoding: 32 little-endian floats.
CREATE TABLE prediction_cache (
    model_id INTEGER NOT NULL REFERENCES model ON DELETE CASCADE,
    key BLOB NOT NULL,
    outputs BLOB NOT NULL CHECK (length(outputs) = 128),
    PRIMARY KEY (model_id, key)
) STRICT, WITHOUT ROWID;

-- What analysts decided, the newest row of a change counts. Reserved for the inbox.
CREATE TABLE verdict (
    id INTEGER PRIMARY KEY,
    document_change_id INTEGER NOT NULL REFERENCES document_change,
    clause_public_id TEXT,
    state TEXT NOT NULL CHECK (state IN ('open', 'memo', 'dismissed', 'later')),
    note TEXT NOT NULL DEFAULT '',
    at TEXT NOT NULL
) STRICT;
CREATE INDEX verdict_document_change ON verdict (document_change_id);

-- Words of the judged clause changes: SELECT ... WHERE clause_search MATCH 'arbitration'.
CREATE VIRTUAL TABLE clause_search USING fts5 (
    before, after, content = 'clause_text', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
