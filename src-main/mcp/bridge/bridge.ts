/**
 * `node bridge.mjs SERVICE`: a stdio server for assistants that only start commands. It binds nothing and keeps nothing; the app's own
 * `mcp.json` says where to reach it, so it survives restarts of the app and changes of its port.
 *
 * PULSER_MCP_TOKEN, or PULSER_MCP_TOKEN_FILE    the client's token
 * PULSER_MCP_ENDPOINT_FILE                      where mcp.json lies, if not in the usual data folder
 */
import { existsSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

type Message = {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: {
    readonly _meta?: Readonly<Record<string, unknown>>;
    readonly name?: string;
    readonly uri?: string;
    readonly requestId?: string | number;
  };
  readonly result?: { readonly protocolVersion?: string };
  readonly error?: { readonly message?: string };
};
/** Why a message did not get through: nobody was there, or the connection ended after it was sent. */
class Lost extends Error {
  readonly sent: boolean;
  constructor(sent: boolean) {
    super('lost');
    this.sent = sent;
  }
}

const versionKey = 'io.modelcontextprotocol/protocolVersion';
/** Waits before each further attempt, in milliseconds: a restart of the app takes a few seconds. */
const waits = [100, 200, 400, 600, 800, 800, 900];
const lastWaitMs = 2000;

const service = process.argv[2] ?? '';
const cutOff = 'The connection ended before the answer came. Look whether it was done, then try again.';
const nobody = 'Pulser Field does not answer. Start it, and see that the service is switched on, then try again.';
const older = { session: '', version: '', hello: null as Message | null, again: null as Promise<void> | null };
const open = new Map<string | number, ClientRequest>();
const cancelled = new Set<string | number>();
let working = 0;
let over = false;

if (!/^[a-z]{2,20}$/.test(service)) {
  process.stderr.write('Usage: bridge.mjs SERVICE, with the token in PULSER_MCP_TOKEN\n');
  process.exit(2);
}
process.stdout.on('error', () => process.exit(0));
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (line.trim() !== '') void take(line);
});
lines.on('close', () => {
  over = true;
  leaveWhenDone();
  setTimeout(() => process.exit(0), lastWaitMs).unref();
});

function leaveWhenDone(): void {
  if (over && working === 0) process.exit(0);
}

/** Carries one message of the client. Whatever happens, a request gets an answer. */
async function take(line: string): Promise<void> {
  let message: Message | Message[];
  try {
    message = JSON.parse(line) as Message | Message[];
  } catch {
    return say({ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'This line is not JSON.' } });
  }
  const all = Array.isArray(message) ? message : [message];
  const [first] = all;
  if (first === undefined) return;
  const current = first.params?.['_meta']?.[versionKey] !== undefined;
  if (first.method === 'notifications/cancelled' && endedHere(first)) return;
  working += 1;
  const waiting = new Set(all.filter(({ id, method }) => id !== undefined && method !== undefined).map(({ id }) => id));
  const answered = (text: string): void => {
    const answer = JSON.parse(text) as Message;
    if (answer.method === undefined) waiting.delete(answer.id);
    say(answer);
  };
  try {
    await carry(line, first, current, answered);
    for (const id of waiting) fail(id, cutOff);
  } catch (error) {
    for (const id of waiting) fail(id, error instanceof Error ? error.message : String(error));
  } finally {
    working -= 1;
    leaveWhenDone();
  }
}

/** A client of the current protocol cancels by closing the stream of the answer; older ones are told to the server. */
function endedHere({ params }: Message): boolean {
  const id = params?.requestId;
  const request = id === undefined ? undefined : open.get(id);
  if (id === undefined || request === undefined) return false;
  cancelled.add(id);
  request.destroy();
  return true;
}

async function carry(
  line: string,
  message: Message,
  current: boolean,
  answered: (text: string) => void,
): Promise<void> {
  const id = message.id ?? null;
  const given = (): boolean => over || (id !== null && cancelled.has(id));
  // the stream of changes ends when the app does; the client expects it to go on
  const stays = message.method === 'subscriptions/listen';
  let known = false;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const headers = current ? currentHeaders(message) : olderHeaders(message);
      const response = await post(line, headers, current ? id : null);
      if (!current && response.statusCode === 404 && older.session !== '' && attempt < 2) {
        response.resume();
        await (older.again ??= sayHelloAgain().finally(() => (older.again = null)));
        continue;
      }
      if (message.method === 'initialize') older.hello = message;
      await pass(response, message, answered);
      if (message.method === 'notifications/initialized') void listen();
      if (!stays || given() || response.statusCode !== 200) return;
      known = true;
      attempt = 0;
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      if (given()) return;
      if (error.sent && message.method === 'tools/call') throw new Error(cutOff, { cause: error });
      if (attempt >= waits.length && !known) throw new Error(nobody, { cause: error });
    } finally {
      if (id !== null) open.delete(id);
    }
    await pause(attempt);
  }
}

const pause = (attempt: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, waits[Math.min(attempt, waits.length - 1)]));

/** Hands an answer on: one message, a stream of them, nothing, or what the server has against the request. */
async function pass(response: IncomingMessage, message: Message, answered: (text: string) => void): Promise<void> {
  const session = response.headers['mcp-session-id'];
  if (typeof session === 'string') older.session = session;
  const kind = response.headers['content-type'] ?? '';
  if (kind.startsWith('text/event-stream')) return readEvents(response, (data) => hear(data, message, answered));
  const text = await textOf(response);
  if (response.statusCode === 202 || text === '') return;
  const answer = JSON.parse(text) as Message;
  const ofNobody = answer.error !== undefined && (answer.id === null || answer.id === undefined);
  if (ofNobody && message.id === undefined) return void process.stderr.write(`${answer.error?.message ?? ''}\n`);
  hear(ofNobody ? JSON.stringify({ ...answer, id: message.id }) : text, message, answered);
}

function hear(data: string, message: Message, answered: (text: string) => void): void {
  if (message.method === 'initialize')
    older.version = (JSON.parse(data) as Message).result?.protocolVersion ?? older.version;
  answered(data);
}

/** What the server itself has to say to an older client: a stream that is opened again for as long as the client is there. */
async function listen(): Promise<void> {
  for (let attempt = 0; !over; attempt += 1) {
    try {
      const response = await send('GET', '', { ...olderHeaders({}), accept: 'text/event-stream' });
      if (response.statusCode === 405) return void response.resume();
      if (response.statusCode === 200) {
        attempt = 0;
        await readEvents(response, (data) => say(JSON.parse(data) as Message));
      } else response.resume();
      if (response.statusCode === 404) await sayHelloAgain();
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
    }
    await pause(attempt);
  }
}

/** The server does not know the session any more: begins another one as the client had begun the first. */
async function sayHelloAgain(): Promise<void> {
  if (older.hello === null) throw new Error('The session is over. Start the assistant again.');
  older.session = '';
  const hello = JSON.stringify({ jsonrpc: '2.0', ...older.hello, id: 'bridge' });
  await pass(await post(hello, olderHeaders(older.hello)), older.hello, () => undefined);
  const done = { jsonrpc: '2.0', method: 'notifications/initialized' };
  (await post(JSON.stringify(done), olderHeaders({}))).resume();
}

function currentHeaders({ method, params }: Message): Record<string, string> {
  const name = params?.name ?? params?.uri;
  return {
    'mcp-protocol-version': String(params?.['_meta']?.[versionKey]),
    'mcp-method': method ?? '',
    ...(name === undefined ? {} : { 'mcp-name': headerText(name) }),
  };
}

/** A header carries visible ASCII only; anything else goes as the protocol's Base64 form. */
function headerText(text: string): string {
  return /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text)
    ? text
    : `=?base64?${Buffer.from(text).toString('base64')}?=`;
}

function olderHeaders({ method }: Message): Record<string, string> {
  if (method === 'initialize') return {};
  return {
    ...(older.session === '' ? {} : { 'mcp-session-id': older.session }),
    ...(older.version === '' ? {} : { 'mcp-protocol-version': older.version }),
  };
}

function post(body: string, headers: Record<string, string>, id?: string | number | null): Promise<IncomingMessage> {
  const own = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers };
  return send('POST', body, own, id);
}

/** One request on a connection of its own, so that a refused connection is known to have carried nothing. */
function send(
  method: string,
  body: string,
  headers: Record<string, string>,
  id?: string | number | null,
): Promise<IncomingMessage> {
  const url = addressOf();
  const token = tokenOf();
  return new Promise((resolve, reject) => {
    if (url === null) return reject(new Lost(false));
    let connected = false;
    const sent = httpRequest(
      url,
      { method, agent: false, headers: { ...headers, authorization: `Bearer ${token}` } },
      resolve,
    );
    sent.once('socket', (socket) => socket.once('connect', () => (connected = true)));
    sent.once('error', () => reject(new Lost(connected)));
    if (id !== undefined && id !== null) open.set(id, sent);
    sent.end(body);
  });
}

async function readEvents(response: IncomingMessage, each: (data: string) => void): Promise<void> {
  let rest = '';
  response.setEncoding('utf8');
  try {
    for await (const chunk of response as AsyncIterable<string>) {
      const blocks = (rest + chunk).split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = block
          .split(/\r?\n/)
          .filter((line) => line.startsWith('data:'))
          .map((line) => line.slice(5).replace(/^ /, ''));
        if (data.length > 0 && data.join('') !== '') each(data.join('\n'));
      }
    }
  } catch {
    // cut off in the middle: whoever still waits for an answer is told by the one who asked
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  try {
    for await (const chunk of response as AsyncIterable<string>) text += chunk;
  } catch {
    throw new Lost(true);
  }
  return text;
}

/** The service's address as the app last wrote it down; null when the app is not there. */
function addressOf(): string | null {
  for (const file of endpointFiles()) {
    try {
      const { url } = JSON.parse(readFileSync(file, 'utf8')) as { url: string };
      return `${url}/${service}`;
    } catch {
      // not there, or half gone with the app: the next place, or the next attempt
    }
  }
  return null;
}

function endpointFiles(): string[] {
  const chosen = process.env['PULSER_MCP_ENDPOINT_FILE'];
  if (chosen !== undefined && chosen !== '') return [chosen];
  const home = homedir();
  const folders =
    process.platform === 'win32'
      ? [join(process.env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Pulser Field')]
      : process.platform === 'darwin'
        ? [join(home, 'Library', 'Application Support', 'Pulser Field')]
        : [join(process.env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'pulser-field')];
  return [process.env['PULSER_DATA_DIR'], ...folders]
    .filter((folder) => folder !== undefined && folder !== '')
    .map((folder) => join(folder as string, 'mcp.json'));
}

function tokenOf(): string {
  const file = process.env['PULSER_MCP_TOKEN_FILE'];
  if (file !== undefined && file !== '' && existsSync(file)) return readFileSync(file, 'utf8').trim();
  return process.env['PULSER_MCP_TOKEN'] ?? '';
}

function fail(id: string | number | null | undefined, message: string): void {
  // nobody waits for the answer to what was cancelled
  if (id !== null && id !== undefined && cancelled.delete(id)) return;
  say({ jsonrpc: '2.0', id: id ?? null, error: { code: -32_000, message } });
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
