-- The cloud's rows come as upserts, whose conflict clause overrides OR REPLACE inside a trigger: the words of a note before its change stayed. The triggers
-- delete and insert from now on, and the full text is made anew.
DROP TRIGGER _transcript_words_I;
DROP TRIGGER _transcript_words_U;
CREATE TRIGGER _transcript_words_I AFTER INSERT ON transcripts BEGIN
  INSERT INTO _transcript_documents (id) VALUES (NEW.id) ON CONFLICT (id) DO NOTHING;
  DELETE FROM _transcript_words WHERE rowid = (SELECT document FROM _transcript_documents WHERE id = NEW.id);
  INSERT INTO _transcript_words (rowid, text, brand)
    SELECT document, NEW.text, NEW.brand FROM _transcript_documents WHERE id = NEW.id;
END;
CREATE TRIGGER _transcript_words_U AFTER UPDATE OF text, brand ON transcripts BEGIN
  DELETE FROM _transcript_words WHERE rowid = (SELECT document FROM _transcript_documents WHERE id = NEW.id);
  INSERT INTO _transcript_words (rowid, text, brand)
    SELECT document, NEW.text, NEW.brand FROM _transcript_documents WHERE id = NEW.id;
END;
INSERT INTO _transcript_words (_transcript_words) VALUES ('delete-all');
INSERT INTO _transcript_words (rowid, text, brand)
  SELECT d.document, t.text, t.brand FROM _transcript_documents d JOIN transcripts t ON t.id = d.id;
