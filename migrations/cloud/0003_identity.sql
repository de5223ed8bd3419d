-- PCs sign in with a key pair of their own. Those enrolled with a password before keep it until they have moved.
alter table sync.devices alter column auth_user drop not null;
-- Ed25519, 32 bytes in base64url
alter table sync.devices add column public_key text unique;
-- the PC whose place this one took, and the PC of whose disk this one is a copy
alter table sync.devices add column if not exists replaces uuid;
alter table sync.devices add column if not exists forked_from uuid;

-- The secret part of the name under which a scope's Realtime channel is found. A revoked PC is not told the next one.
alter table sync.scopes add column channel text not null default replace(gen_random_uuid()::text, '-', '');

alter table sync.enrolments add column replaces uuid;
-- who used the code: the same PC may ask again when the answer was lost
alter table sync.enrolments add column device_id uuid;

-- What PCs signed lately, so that nobody can show it a second time.
create table sync.nonces (
  device_id uuid not null,
  nonce text not null,
  at timestamptz not null default now(),
  primary key (device_id, nonce)
);
create index nonces_at on sync.nonces (at);

-- Wrong enrolment codes of the last minutes, by where they came from; '' counts all.
create table sync.wrong_codes (
  source text not null,
  minute timestamptz not null,
  n integer not null,
  primary key (source, minute)
);
