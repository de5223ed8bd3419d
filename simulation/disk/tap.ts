/** A tap in the line between one PC and the cloud: it sees which call is under way and stops the line at a chosen moment of it. */
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';

/**
 * Moments of one call: its first bytes left the PC and went no further; the cloud works on it; the cloud has answered and the PC has not
 * heard it; the PC has just heard the answer.
 */
export const moments = ['asked', 'working', 'answered', 'heard'] as const;
export type Moment = (typeof moments)[number];

export type Tap = {
  /** What the PC takes for the cloud. */
  readonly url: string;
  /** Cuts the line, or joins it again. */
  readonly setOffline: (offline: boolean) => void;
  /** Resolves at this moment of the next call whose path matches; at `asked` and `answered` the bytes stay here for ever. */
  readonly next: (path: RegExp, moment: Moment) => Promise<void>;
  /** Forgets what `next` waits for. */
  readonly release: () => void;
  /** Names of the calls that were asked and not answered yet. */
  readonly open: () => string[];
  readonly close: () => Promise<void>;
};

type Wanted = { readonly path: RegExp; readonly moment: Moment; readonly reached: () => void };
/** One connection: the call on it, and whether its bytes are stopped here. */
type Line = { call: string | null; held: boolean };

export async function createTap(cloudUrl: string): Promise<Tap> {
  const port = Number(new URL(cloudUrl).port);
  const lines = new Map<Socket, Line>();
  const sockets = new Set<Socket>();
  let offline = false;
  let wanted: Wanted | null = null;

  /** Whether the bytes at hand are the moment that is waited for. */
  const reach = (line: Line, moment: Moment): boolean => {
    if (wanted?.moment !== moment || line.call === null || !wanted.path.test(line.call)) return false;
    const { reached } = wanted;
    wanted = null;
    reached();
    return true;
  };
  const track = (socket: Socket, other: () => Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      sockets.delete(socket);
      lines.delete(socket);
      other().destroy();
    });
  };

  const server = createServer((client) => {
    if (offline) return void client.destroy();
    const cloud = connect({ port, host: '127.0.0.1' });
    const line: Line = { call: null, held: false };
    lines.set(client, line);
    track(client, () => cloud);
    track(cloud, () => client);
    client.on('data', (bytes) => {
      const asked = /^[A-Z]+ (\S+) HTTP/.exec(bytes.subarray(0, 400).toString('latin1'))?.[1];
      if (asked !== undefined) line.call = new URL(asked, cloudUrl).pathname;
      if (line.held || (asked !== undefined && reach(line, 'asked'))) {
        line.held = true;
        return;
      }
      cloud.write(bytes);
      if (asked !== undefined) reach(line, 'working');
    });
    cloud.on('data', (bytes) => {
      if (line.held || reach(line, 'answered')) {
        line.held = true;
        return;
      }
      client.write(bytes);
      reach(line, 'heard');
      line.call = null;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The tap has no port');

  return {
    url: `http://127.0.0.1:${address.port}`,
    setOffline(value) {
      offline = value;
      if (offline) for (const socket of sockets) socket.destroy();
    },
    next: (path, moment) => new Promise((resolve) => (wanted = { path, moment, reached: resolve })),
    release() {
      wanted = null;
    },
    open: () => [...lines.values()].flatMap(({ call }) => call ?? []),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
