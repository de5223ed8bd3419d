-- Counter notes: what was said or seen at the counter, in somebody's words.
CREATE TABLE transcripts (
  id TEXT PRIMARY KEY, store_id TEXT NOT NULL, device_id TEXT, at INTEGER NOT NULL, region TEXT, brand TEXT, language TEXT NOT NULL,
  text TEXT NOT NULL, transaction_id TEXT, metadata TEXT
) STRICT;
CREATE INDEX transcripts_store_time ON transcripts (store_id, at, id);

-- Full text of the notes. The numbers of its documents stand in a table of their own, so that nothing renumbers them; triggers keep it, whoever writes.
CREATE TABLE _transcript_documents (
  document INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE
) STRICT;
CREATE VIRTUAL TABLE _transcript_words USING fts5(text, brand, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2');
CREATE TRIGGER _transcript_words_I AFTER INSERT ON transcripts BEGIN
  INSERT INTO _transcript_documents (id) VALUES (NEW.id) ON CONFLICT (id) DO NOTHING;
  INSERT OR REPLACE INTO _transcript_words (rowid, text, brand)
    SELECT document, NEW.text, NEW.brand FROM _transcript_documents WHERE id = NEW.id;
END;
CREATE TRIGGER _transcript_words_U AFTER UPDATE OF text, brand ON transcripts BEGIN
  INSERT OR REPLACE INTO _transcript_words (rowid, text, brand)
    SELECT document, NEW.text, NEW.brand FROM _transcript_documents WHERE id = NEW.id;
END;
CREATE TRIGGER _transcript_words_D AFTER DELETE ON transcripts BEGIN
  DELETE FROM _transcript_words WHERE rowid = (SELECT document FROM _transcript_documents WHERE id = OLD.id);
  DELETE FROM _transcript_documents WHERE id = OLD.id;
END;
