-- Counter notes: what was said or seen at the counter, in somebody's words.
create table public.transcripts (
  id uuid primary key,
  store_id uuid not null,
  device_id uuid,
  at timestamptz(3) not null,
  region text,
  brand text,
  language text not null,
  text text not null check (text <> ''),
  -- no reference: the note outlives its sale
  transaction_id uuid,
  metadata text
);
create index transcripts_by_store on public.transcripts (store_id, id);
