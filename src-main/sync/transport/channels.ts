/** The private Realtime channels of the PC's scopes. Their names are secret and change when a PC is revoked. */
import { REALTIME_SUBSCRIBE_STATES, type RealtimeChannel, type SupabaseClient } from '@supabase/supabase-js';

export type ChannelsDeps = {
  readonly client: SupabaseClient;
  readonly random: () => number;
  /** Calls back after so many milliseconds; returns the function that prevents it. */
  readonly setTimer: (callback: () => void, ms: number) => () => void;
};

export type Channels = {
  /** Hears hints from now on; returns the function that ends it. */
  listen(deviceId: string, onHead: () => void, onConnection: (connected: boolean) => void): () => void;
  /** Joins these channels ({scope: topic}) and leaves all others. The client joins again by itself after a lost connection. */
  join(topics: Readonly<Record<string, string>>): void;
};

type Listener = {
  readonly deviceId: string;
  readonly onHead: () => void;
  readonly onConnection: (connected: boolean) => void;
};

/** PCs that are told something at the same moment as many others come within this time, not all at once. */
const spreadMs = 10_000;
/** However many there are. */
const longestSpreadMs = 60_000;

export function createChannels({ client, random, setTimer }: ChannelsDeps): Channels {
  const open = new Map<string, RealtimeChannel>();
  let listener: Listener | null = null;
  const joined = new Set<string>();
  let connected = false;
  let wanted = '';
  let cancelLater: () => void = () => undefined;
  let waiting = false;
  // one after the other: the client hands out a channel that is being left when the same one is asked for again
  let work: Promise<unknown> = Promise.resolve();

  /** Tells when it became true, or stopped being true, that every channel is open. */
  const compare = (): void => {
    const now = open.size > 0 && [...open.keys()].every((topic) => joined.has(topic));
    if (now === connected) return;
    connected = now;
    listener?.onConnection(now);
  };

  const later = (within: number): void => {
    if (waiting) return;
    waiting = true;
    cancelLater = setTimer(() => {
      waiting = false;
      listener?.onHead();
    }, random() * within);
  };

  const subscribe = (scope: string, topic: string): RealtimeChannel => {
    let joinedBefore = false;
    return client
      .channel(topic, { config: { private: true } })
      .on('broadcast', { event: 'head' }, ({ payload }: { payload?: { by?: unknown; spread?: unknown } }) => {
        if (payload?.by === listener?.deviceId) return;
        const spread = Math.min(longestSpreadMs, Number(payload?.spread) || 0);
        if (spread > 0) later(spread);
        else listener?.onHead();
      })
      .on('broadcast', { event: 'moved' }, () => (scope.startsWith('store:') ? listener?.onHead() : later(spreadMs)))
      .subscribe((status) => {
        if (status === REALTIME_SUBSCRIBE_STATES.SUBSCRIBED) joined.add(topic);
        else joined.delete(topic);
        compare();
        if (status !== REALTIME_SUBSCRIBE_STATES.SUBSCRIBED) return;
        // what was said before it was joined, nobody heard
        if (joinedBefore) later(spreadMs);
        else listener?.onHead();
        joinedBefore = true;
      });
  };

  const leaveExcept = async (topics: ReadonlySet<string>): Promise<void> => {
    for (const [topic, channel] of open) {
      if (topics.has(topic)) continue;
      open.delete(topic);
      await client.removeChannel(channel);
      joined.delete(topic);
    }
    compare();
  };

  const change = async (topics: Readonly<Record<string, string>>, mine: Listener): Promise<void> => {
    // a private channel takes only a PC that is signed in
    await client.realtime.setAuth();
    if (listener !== mine) return;
    for (const [scope, topic] of Object.entries(topics)) if (!open.has(topic)) open.set(topic, subscribe(scope, topic));
    await leaveExcept(new Set(Object.values(topics)));
  };

  return {
    listen(deviceId, onHead, onConnection) {
      const mine = { deviceId, onHead, onConnection };
      listener = mine;
      wanted = '';
      return () => {
        if (listener === mine) listener = null;
        connected = false;
        cancelLater();
        waiting = false;
        work = work.then(() => leaveExcept(new Set()));
      };
    },
    join(topics) {
      const mine = listener;
      const all = JSON.stringify(topics);
      if (!mine || all === wanted) return;
      wanted = all;
      work = work.then(() => change(topics, mine));
    },
  };
}
