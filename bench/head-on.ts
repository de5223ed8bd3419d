import { Client } from 'pg';
import type { CloudAccess } from './bench-cloud.ts';
import { round } from './measure.ts';

/** How a reader asks for what is new. `missed` rows were committed and never reach it; they are lost to it for good. */
type Contender = { commits: number; commitsPerSecond: number; rows: number; missed: number; missedPercent: number };

export type HeadOnReport = {
  writers: number;
  seconds: number;
  updatedAt: Contender;
  sequence: Contender;
  thisFeed: Contender;
};

const writers = 16;
const seconds = 5;
const pollMs = 10;
const rowsInTransaction = 3;

/** Sixteen writers with real transactions, some of them slow between two statements as real ones are, and one reader that polls: the same for all three. */
export async function measureHeadOn(cloud: CloudAccess): Promise<HeadOnReport> {
  const owner = await connect(cloud);
  try {
    await owner.query(`create schema if not exists head_on;
      create table head_on.by_time (id uuid primary key, body text, updated_at timestamptz not null default now());
      create index on head_on.by_time (updated_at);
      create table head_on.by_number (seq bigserial primary key, id uuid not null, body text)`);
    const updatedAt = await race(cloud, {
      insert: `insert into head_on.by_time (id, body) values (gen_random_uuid(), $1) returning id`,
      start: '-infinity',
      read: `select array_agg(id) ids, max(updated_at)::text cursor from (
        select id, updated_at from head_on.by_time where updated_at > $1 order by updated_at limit 5000) x`,
    });
    const sequence = await race(cloud, {
      insert: `insert into head_on.by_number (id, body) values (gen_random_uuid(), $1) returning id`,
      start: '0',
      read: `select array_agg(id) ids, max(seq)::text cursor from (
        select id, seq from head_on.by_number where seq > $1 order by seq limit 5000) x`,
    });
    const thisFeed = await race(cloud, await ownFeed(owner));
    return { writers, seconds, updatedAt, sequence, thisFeed };
  } finally {
    await owner.query('drop schema head_on cascade');
    await owner.end();
  }
}

type Way = {
  /** Writes one row with the body $1; answers its id. */
  readonly insert: string;
  readonly start: string;
  /** Reads on after the cursor $1; answers `ids` and the next `cursor`, null for both when nothing is new. */
  readonly read: string;
  readonly setUp?: (reader: Client) => Promise<unknown>;
};

/** Rows of the catalogue, read as a PC reads them. */
async function ownFeed(owner: Client): Promise<Way> {
  const { rows } = await owner.query<{ id: string; start: string }>(
    `with device as (
       insert into sync.devices (id, store_id, scopes, counter) select gen_random_uuid(), id, array['chain'], 30000 from public.stores limit 1 returning id)
     select device.id, (select jsonb_build_object('chain', jsonb_build_array(head, head_stamp)) from sync.scopes where key = 'chain')::text as start from device`,
  );
  const { id, start } = rows[0] ?? { id: '', start: '{}' };
  return {
    insert: `insert into public.products (id, sku, name, category, unit, price, cost, active)
      values (gen_random_uuid(), 'x', $1, 'x', 'pc', 1, 1, true) returning id`,
    start,
    read: `select (select array_agg((r ->> 2)::uuid) from json_array_elements(s -> 'rows') r) ids,
        json_build_object('chain', json_build_array(s -> 'to', s -> 'stamp'))::text cursor
      from public.sync_pull($1::jsonb, 5000, 1000, (select epoch from sync.cloud)) p, json_array_elements(p -> 'scopes') s
      where s ->> 'scope' = 'chain'`,
    setUp: (reader) =>
      reader.query(`select set_config('request.jwt.claims', $1, false)`, [
        JSON.stringify({ sub: id, app_metadata: { device_id: id } }),
      ]),
  };
}

async function race(cloud: CloudAccess, way: Way): Promise<Contender> {
  const written: string[] = [];
  let writing = true;
  const reading = follow(cloud, way, () => writing);
  const started = performance.now();
  const commits = await Promise.all(
    Array.from({ length: writers }, (_, n) => write(cloud, way.insert, n, started + seconds * 1000, written)),
  );
  const ms = performance.now() - started;
  writing = false;
  const seen = await reading;
  const missed = written.filter((id) => !seen.has(id)).length;
  const sum = commits.reduce((total, n) => total + n, 0);
  return {
    commits: sum,
    commitsPerSecond: Math.round((sum / ms) * 1000),
    rows: written.length,
    missed,
    missedPercent: round((missed / written.length) * 100),
  };
}

/** One writer: short transactions, every fourth one with a pause of up to 20 ms inside. Answers how many it committed. */
async function write(
  cloud: CloudAccess,
  insert: string,
  seed: number,
  until: number,
  written: string[],
): Promise<number> {
  const client = await connect(cloud);
  let commits = 0;
  try {
    for (let random = seed + 1; performance.now() < until; commits += 1) {
      const ids: string[] = [];
      await client.query('begin');
      for (let i = 0; i < rowsInTransaction; i += 1) {
        random = (random * 48_271) % 2_147_483_647;
        if (i === 1 && random % 4 === 0) await client.query('select pg_sleep($1)', [(random % 20) / 1000]);
        const { rows } = await client.query<{ id: string }>(insert, [`row ${random}`]);
        ids.push(rows[0]?.id ?? '');
      }
      await client.query('commit');
      written.push(...ids);
    }
    return commits;
  } finally {
    await client.end();
  }
}

async function follow(cloud: CloudAccess, way: Way, writing: () => boolean): Promise<Set<string>> {
  const client = await connect(cloud);
  const seen = new Set<string>();
  try {
    await way.setUp?.(client);
    let cursor = way.start;
    for (let last = false; ;) {
      const { rows } = await client.query<{ ids: string[] | null; cursor: string | null }>(way.read, [cursor]);
      const found = rows[0]?.cursor ? rows[0] : null;
      for (const id of found?.ids ?? []) seen.add(id);
      cursor = found?.cursor ?? cursor;
      // everything was committed before the last reading began
      if (!found && last) return seen;
      last = !writing();
      if (!found) await new Promise((next) => setTimeout(next, pollMs));
    }
  } finally {
    await client.end();
  }
}

async function connect(cloud: CloudAccess): Promise<Client> {
  const client = new Client({ connectionString: cloud.databaseUrl });
  await client.connect();
  return client;
}
