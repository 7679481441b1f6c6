"""Text in, ids out: reading, cleaning, tokenising, vocabularies, the catalogue of corpora."""
