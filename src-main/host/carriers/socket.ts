import { timingSafeEqual } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import type { Logger } from '#main/telemetry/logger.ts';
import { writePrivately } from '../key-file.ts';
import { frame } from './channel.ts';
import type { Channel } from './channel.ts';
import { parseLine, readLines } from './lines.ts';
import { callOver, serveChannel } from './remote.ts';
import type { Answering, RemoteCaller } from './remote.ts';

/** `host.json` in the data folder: how to reach the host that has this folder open. Readable by its user only. */
const hostFile = z.strictObject({ port: z.int(), token: z.string(), pid: z.int() });
const hello = z.strictObject({ kind: z.literal('hello'), token: z.string() });
const welcome = z.strictObject({ kind: z.literal('welcome') });

const maxLine = 16 * 1024 * 1024;
const maxHello = 1024;

export type SocketServerDeps = {
  readonly host: Answering;
  readonly dataDir: string;
  readonly token: string;
  readonly pid: number;
  readonly logger: Logger;
};

export type SocketServer = { readonly port: number; close(): Promise<void> };

/**
 * Serves a host on a loopback socket: one JSON frame a line, after a first line with the token of `host.json`. A connection
 * that starts otherwise is closed without a word.
 */
export async function serveSocket(deps: SocketServerDeps): Promise<SocketServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', (error) => deps.logger.debug('socket.error', { error }));
    admit(deps, socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const path = join(deps.dataDir, 'host.json');
  writePrivately(path, `${JSON.stringify({ port, token: deps.token, pid: deps.pid })}\n`);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        rmSync(path, { force: true });
        server.close(() => resolve());
        sockets.forEach((socket) => socket.destroy());
      }),
  };
}

function admit(deps: SocketServerDeps, socket: Socket): void {
  const channel = socketChannel(socket, (line) => {
    const parsed = hello.safeParse(parseLine(line));
    if (!parsed.success || !sameToken(parsed.data.token, deps.token)) {
      deps.logger.warn('socket.refused', {});
      socket.destroy();
      return;
    }
    socket.write('{"kind":"welcome"}\n');
    serveChannel(deps.host, channel);
  });
}

function sameToken(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A line of frames over a socket. The first line goes to `onFirst`; a later line that is no frame closes the line. */
function socketChannel(socket: Socket, onFirst: (line: string) => void): Channel {
  let first = true;
  let listener: ((message: z.infer<typeof frame>) => void) | null = null;
  const limit = (): number => (first ? maxHello : maxLine);
  readLines(socket, limit, (line) => {
    if (first) {
      first = false;
      onFirst(line);
      return;
    }
    const parsed = frame.safeParse(parseLine(line));
    if (parsed.success) listener?.(parsed.data);
    else socket.destroy();
  });
  return {
    send: (message) => {
      if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
    },
    onFrame: (next) => {
      listener = next;
    },
    onClose: (closed) => {
      if (socket.destroyed) closed();
      else socket.once('close', closed);
    },
    close: () => socket.destroy(),
  };
}

/**
 * Connects to the host that has a data folder open. Rejects with a plain sentence when none is running there or it does
 * not let us in; later, a host that goes away makes every call answer `host-gone`.
 */
export function connectHost(dataDir: string): Promise<RemoteCaller> {
  const path = join(dataDir, 'host.json');
  return new Promise((resolve, reject) => {
    const { port, token } = hostFile.parse(JSON.parse(readFileSync(path, 'utf8')));
    const socket = connect({ port, host: '127.0.0.1' });
    const refuse = (): void => reject(new Error(`No host answers for ${dataDir}`));
    socket.setNoDelay(true);
    socket.on('error', refuse);
    socket.on('close', refuse);
    const channel = socketChannel(socket, (line) => {
      if (!welcome.safeParse(parseLine(line)).success) socket.destroy();
      else resolve(callOver(channel));
    });
    socket.write(`${JSON.stringify({ kind: 'hello', token })}\n`);
  });
}
