-- The store, version 4: a model has one output more, interest. What was remembered of models without it is of no use.
DROP TABLE prediction_cache;
-- Raw outputs of a model's heads for an encoding: 33 little-endian floats.
CREATE TABLE prediction_cache (
    model_id INTEGER NOT NULL REFERENCES model ON DELETE CASCADE,
    key BLOB NOT NULL,
    outputs BLOB NOT NULL CHECK (length(outputs) = 132),
    PRIMARY KEY (model_id, key)
) STRICT, WITHOUT ROWID;
