-- The store, version 5: predictions are remembered by what a model reads, before it is tokenized. Keys of encodings would
-- never be found again.
DELETE FROM prediction_cache;
