import { Client, type Pool } from 'pg';

/** A row of realtime.messages that was committed. */
export type Message = {
  readonly id: string;
  readonly topic: string;
  readonly event: string;
  readonly payload: unknown;
  readonly private: boolean;
};

const retention = '3 days';
const reconnectMs = 200;

/**
 * Hears of every message the database commits, in order of commit, until `close()`. After a lost connection it listens
 * again; what was sent meanwhile is lost, as with the real server: a broadcast is a hint.
 */
export async function listenToMessages(deps: {
  readonly databaseUrl: string;
  readonly pool: Pool;
  readonly onMessage: (message: Message) => void;
  readonly onError: (error: unknown) => void;
}): Promise<{ readonly close: () => Promise<void> }> {
  let closed = false;
  let client: Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let waiting: string[] = [];
  let reading = Promise.resolve();

  async function deliver(): Promise<void> {
    const ids = waiting;
    waiting = [];
    if (ids.length === 0 || closed) return;
    const { rows } = await deps.pool.query<Message>(
      `select id, topic, event, payload, private from realtime.messages
       where id = any($1) and extension = 'broadcast' order by array_position($1, id)`,
      [ids],
    );
    for (const row of rows) deps.onMessage(row);
  }

  async function connect(): Promise<void> {
    const next = new Client({ connectionString: deps.databaseUrl });
    next.on('notification', ({ payload }) => {
      if (payload === undefined) return;
      waiting.push(payload);
      if (waiting.length === 1) reading = reading.then(deliver).catch(deps.onError);
    });
    const lost = (): void => {
      if (client !== next || closed) return;
      client = undefined;
      retry = setTimeout(() => void connect().catch(lost), reconnectMs);
    };
    client = next;
    next.on('error', lost);
    next.on('end', lost);
    await next.connect();
    await next.query('listen realtime_messages');
  }

  await connect();
  await deps.pool.query(`delete from realtime.messages where inserted_at < now() - interval '${retention}'`);
  return {
    async close() {
      closed = true;
      clearTimeout(retry);
      await client?.end();
      await reading;
    },
  };
}
