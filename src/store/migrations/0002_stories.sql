-- The store, version 2: what stories and twins are found by, and what is asked for by `--unsure`.

-- The clause changes that matter, of a document change that is news: hash and id of each, as little-endian numbers of
-- eight bytes, smallest hash first. Stories and twins are found among those of the current records whenever records are
-- read: a document change of tonight may tell something of one that has been stored for weeks. Records made before this
-- version have none; `termsift nightly --refresh` makes them again.
CREATE TABLE sketch (
    assessment_id INTEGER PRIMARY KEY REFERENCES assessment ON DELETE CASCADE,
    cut INTEGER NOT NULL,
    -- Link to the commit on the hosting site.
    url TEXT,
    keys BLOB NOT NULL CHECK (length(keys) > 0 AND length(keys) % 16 = 0)
) STRICT;

-- Whether the decision that it matters, or does not, hangs on judgements near their thresholds.
ALTER TABLE assessment ADD COLUMN unsure INTEGER NOT NULL DEFAULT 0;
