/** A simulated cloud: real PostgreSQL with the real functions, called as PostgREST calls them, on sessions that the schedule moves. */
import type { Client } from 'pg';
import { connect, type ClusterAddress } from './cluster.ts';
import { pidOf, settle, start, type Answer, type Running } from './lines.ts';
import { rememberState } from './reset.ts';

/** Who calls: what the token of a PC claims. */
export type Caller = { readonly deviceId: string; readonly storeId: string; readonly authUser: string };

export type SimCloud = {
  /** As superuser: for setting worlds up and for looking behind the engine's back. */
  readonly admin: Client;
  /** Puts everything back to how it was right after the migrations. */
  readonly reset: () => Promise<void>;
  /** Remembers what is in it now; answers the function that sets it back to that. */
  readonly keep: () => Promise<() => Promise<void>>;
  /** Calls a function in the session of that name, at a moment of the cloud's clock (microseconds). Answers null while it waits for a lock. */
  readonly call: (
    line: string,
    caller: Caller,
    name: string,
    args: Readonly<Record<string, unknown>>,
    clock: number,
  ) => Promise<Answer | null>;
  /** Runs a statement of the office in the session of that name. */
  readonly office: (line: string, sql: string, values: readonly unknown[], clock: number) => Promise<Answer | null>;
  /** Looks again at a session that waited: its answer, or null while it still waits. */
  readonly look: (line: string) => Promise<Answer | null>;
  /** Ends the statement that waits there, as a statement timeout does. */
  readonly cancel: (line: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** The cloud's clock is the simulation's, so that who was later never depends on the machine. */
const virtualClock = `create or replace function sync.clock() returns bigint language sql volatile set search_path = '' as $$
  select coalesce(nullif(current_setting('sim.clock', true), '')::bigint, (extract(epoch from clock_timestamp()) * 1000000)::bigint) $$`;

type Line = { readonly client: Client; readonly pid: number; running: Running | null };

export async function openSimCloud(address: ClusterAddress, database: string): Promise<SimCloud> {
  const admin = await connect(address, database);
  await admin.query(virtualClock);
  const beginning = await rememberState(admin, 'beginning');
  const types = await argumentTypes(admin);
  const lines = new Map<string, Line>();

  const lineOf = async (name: string, role: 'supabase_admin' | 'authenticator'): Promise<Line> => {
    let line = lines.get(name);
    if (!line) {
      const client = await connect(address, database, role);
      // waiting is the schedule's business; a real timeout would depend on the machine
      await client.query('set statement_timeout = 0; set lock_timeout = 0');
      line = { client, pid: await pidOf(client), running: null };
      lines.set(name, line);
    }
    if (line.running) throw new Error(`${name} is busy`);
    return line;
  };

  const finish = async (line: Line): Promise<Answer | null> => {
    const sessions = [...lines.values()].map(({ pid }) => pid);
    if (!line.running || !(await settle(admin, line.running, sessions))) return null;
    const { answer } = line.running;
    line.running = null;
    return answer;
  };

  return {
    admin,
    reset: async () => {
      for (const { client, running } of lines.values()) {
        if (running) throw new Error('A session still waits');
        await client.query('rollback');
      }
      await admin.query(beginning);
    },
    keep: async () => {
      const sql = await rememberState(admin, 'kept');
      return async () => void (await admin.query(sql));
    },
    async call(name, caller, rpc, args, clock) {
      const line = await lineOf(name, 'authenticator');
      const claims = JSON.stringify({
        role: 'authenticated',
        sub: caller.authUser,
        app_metadata: { device_id: caller.deviceId, store_id: caller.storeId, kind: 'device' },
      });
      const names = Object.keys(args);
      const sql = `select public.${rpc}(${names.map((arg, i) => `${arg} => $${i + 1}`).join(', ')}) as value`;
      const values = names.map((arg) => {
        const value = args[arg];
        return types.get(`${rpc}.${arg}`)?.startsWith('json') ? JSON.stringify(value) : value;
      });
      const { client } = line;
      line.running = start(line.pid, async () => {
        try {
          await client.query(
            `begin; set local role authenticated; select set_config('request.jwt.claims', ${client.escapeLiteral(claims)}, true), set_config('sim.clock', '${clock}', true)`,
          );
          const { rows } = await client.query<{ value: unknown }>(sql, values);
          const { rows: txns } = await client.query<{ txn: string | null }>(
            `select current_setting('sync.txn', true) as txn`,
          );
          await client.query('commit');
          return { value: rows[0]?.value ?? null, txn: txns[0]?.txn || null };
        } catch (error) {
          await client.query('rollback');
          throw error;
        }
      });
      return finish(line);
    },
    async office(name, sql, values, clock) {
      const line = await lineOf(name, 'supabase_admin');
      const { client } = line;
      line.running = start(line.pid, async () => {
        // a refused transaction takes nothing but its end
        if (sql !== 'rollback') await client.query(`set sim.clock = '${clock}'`);
        const { rows } = await client.query<Record<string, unknown>>(sql, [...values]);
        return { value: rows, txn: null };
      });
      return finish(line);
    },
    look: async (name) => {
      const line = lines.get(name);
      return line ? finish(line) : null;
    },
    cancel: async (name) => {
      const line = lines.get(name);
      if (line?.running) await admin.query('select pg_cancel_backend($1)', [line.pid]);
      await line?.running?.done;
    },
    close: async () => {
      await Promise.all([...lines.values()].map(({ client }) => client.end()));
      await admin.end();
    },
  };
}

/** Argument types of the functions that PCs call: `name.argument` → type. */
async function argumentTypes(admin: Client): Promise<Map<string, string>> {
  const { rows } = await admin.query<{ key: string; type: string }>(
    `select p.proname || '.' || a.name as key, format_type(a.type, null) as type
     from pg_proc p, unnest(p.proargnames, p.proargtypes::oid[]) as a(name, type) where p.pronamespace = 'public'::regnamespace`,
  );
  return new Map(rows.map(({ key, type }) => [key, type]));
}
