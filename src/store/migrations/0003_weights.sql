-- The store, version 3: which weights a priority was summed with, as a hash of them. Records hold what is weighed
-- (`signals`), so one of other weights is made right without reading its collection.
ALTER TABLE assessment ADD COLUMN weights TEXT NOT NULL DEFAULT '';

-- What is stale, counted at the end of each run, without reading the records.
CREATE INDEX assessment_maker ON assessment (model_id, engine, weights, document_change_id) WHERE current = 1;
