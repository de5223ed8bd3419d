import { appError } from '#shared/contract/errors.ts';
import type { CallNumbers, ClientToken, ServiceCall, ServicesReport, ServiceTier } from '#shared/contract/services.ts';
import { fail, ok } from '#shared/result.ts';
import { page, type Announce, type Answers } from './fixture-decisions.ts';

type Service = ServicesReport['services'][number];
type Tool = Service['tools'][number];

const day = 86_400_000;
const quiet: CallNumbers = { count: 0, errors: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0 };
const numbers = (count: number, p50Ms: number, errors = 0): CallNumbers => ({
  count,
  errors,
  p50Ms,
  p95Ms: p50Ms * 3,
  p99Ms: p50Ms * 6,
  maxMs: p50Ms * 11,
});

function tool(name: string, title: string, rest: Partial<Tool> = {}): Tool {
  const about = { name, title, description: `${title}.`, access: 'read' as const, destructive: false };
  return { ...about, on: true, asks: false, calls: quiet, ...rest };
}

function makeServices(tier: ServiceTier, port: number, busy: boolean): Service[] {
  const base = { version: '1.0.0', state: 'ok' as const, checks: [], listBytes: 9100, calls: quiet };
  return [
    {
      ...base,
      id: 'scout',
      title: 'Scout',
      tier,
      url: tier === 'off' ? null : `http://127.0.0.1:${port}/mcp/scout`,
      state: 'degraded',
      checks: [
        { name: 'sync', state: 'ok', note: '' },
        { name: 'cache', state: 'degraded', note: 'Redis does not answer; results are kept in memory.' },
      ],
      calls: busy ? numbers(48_212, 0.8, 12) : numbers(14, 0.8, 1),
      tools: [
        tool('get_dashboard', 'Dashboard', { calls: numbers(8, 2.4) }),
        tool('analyze_trends', 'Trends', { calls: numbers(3, 31) }),
        tool('fetch_transcriptions', 'Counter notes'),
        tool('record_transaction', 'Record a sale', { access: 'write', calls: numbers(2, 1.4, 1) }),
        tool('void_transaction', 'Void a sale', { access: 'write', destructive: true, asks: true }),
        tool('export_data', 'Export', { on: false }),
      ],
    },
    { ...base, id: 'voice', title: 'Voice', tier: 'off', url: null, tools: [tool('get_transcript', 'Transcript')] },
  ];
}

function makeTokens(now: number): ClientToken[] {
  const token = (id: string, name: string, rest: Partial<ClientToken>): ClientToken => ({
    id,
    name,
    scopes: [{ service: 'scout', write: false }],
    createdAt: now - 40 * day,
    expiresAt: now + 140 * day,
    lastUsedAt: now - 90_000,
    revokedAt: null,
    state: 'valid',
    ...rest,
  });
  return [
    token('t1', 'Cursor on the laptop', {
      scopes: [
        { service: 'scout', write: true },
        { service: 'voice', write: false },
      ],
    }),
    token('t2', 'Claude Desktop', { expiresAt: now + 9 * day }),
    token('t3', 'VS Code at the office', { expiresAt: now - day, state: 'expired', lastUsedAt: null }),
    token('t4', 'Old tablet', { state: 'revoked', revokedAt: now - day }),
  ];
}

function makeCalls(now: number, count: number): ServiceCall[] {
  const tools = ['get_dashboard', 'analyze_trends', 'record_transaction', 'fetch_transcriptions', 'void_transaction'];
  const outcomes = ['ok', 'ok', 'read-only', 'ok', 'asked', 'ok', 'unavailable', 'ok', 'ok', 'bad-input'];
  return Array.from({ length: count }, (_, index) => ({
    id: count - index,
    at: now - index * 41_000,
    client: index % 3 === 0 ? 'Claude Desktop' : 'Cursor on the laptop',
    tokenId: index % 3 === 0 ? 't2' : 't1',
    service: 'scout',
    kind: index % 11 === 10 ? ('resource' as const) : ('tool' as const),
    name: index % 11 === 10 ? 'pulser://scout/today' : tools[index % tools.length]!,
    outcome: outcomes[index % outcomes.length]!,
    ms: 0.4 + (index % 7) * 3.1,
    bytes: 340 + (index % 9) * 700,
  }));
}

/** What the services screen asks for. `?services=` is `off`, `read` (usual), `write`, `taken`, `busy` or `none`. */
export function serving(params: URLSearchParams, announce: Announce): Answers {
  const kind = params.get('services') ?? 'read';
  const taken = kind === 'taken';
  let port = 7347;
  let services =
    kind === 'none'
      ? []
      : makeServices(kind === 'off' ? 'off' : kind === 'write' ? 'write' : 'read', port, kind === 'busy');
  const tokens = kind === 'off' || kind === 'none' ? [] : makeTokens(Date.now());
  const calls = kind === 'off' || kind === 'none' ? [] : makeCalls(Date.now(), kind === 'busy' ? 48_212 : 14);
  const bridge = { path: '/opt/pulser-field/out/assistants/bridge.mjs', dataDir: '/home/store/.pulser' };
  const isTaken = (): boolean => taken && port === 7347;
  const change = (id: string, work: (service: Service) => Partial<Service>): void => {
    services = services.map((one) => (one.id === id ? { ...one, ...work(one) } : one));
    announce(['_services']);
  };
  if (kind === 'busy')
    setInterval(() => {
      calls.unshift({ ...calls[calls.length % 13]!, id: calls.length + 1, at: Date.now() });
      announce(['_calls']);
    }, 90);
  let folder: string | null = null;
  return {
    'exports.get': () => ok({ path: folder ?? '/home/store/.pulser/exports', chosen: folder !== null }),
    'exports.setFolder': ({ path }) => {
      folder = path;
      announce(['_services']);
      return ok({});
    },
    'services.get': () => {
      const on = services.some(({ tier }) => tier !== 'off');
      const failure = on && isTaken() ? appError('port-taken', `127.0.0.1:${port}`) : null;
      const state = failure === null ? (on ? 'on' : 'off') : 'failed';
      const refused = on && kind !== 'taken' ? 3 : 0;
      const lastRefusal = refused === 0 ? null : { at: Date.now() - 60_000, reason: 'revoked' };
      return ok({
        listener: { state, port, failure, connections: on ? 2 : 0, refused, lastRefusal },
        services,
        bridge,
      });
    },
    'services.setTier': ({ service, tier }) => {
      change(service, () => ({ tier, url: tier === 'off' ? null : `http://127.0.0.1:${port}/mcp/${service}` }));
      return isTaken() ? fail(appError('port-taken', `127.0.0.1:${port}`)) : ok({});
    },
    'services.setTool': ({ service, tool: name, on, asks }) => {
      change(service, ({ tools }) => ({
        tools: tools.map((one) => (one.name === name ? { ...one, on: on ?? one.on, asks: asks ?? one.asks } : one)),
      }));
      return ok({});
    },
    'services.setPort': (input) => {
      port = input.port ?? 7347;
      announce(['_services']);
      return isTaken() ? fail(appError('port-taken', `127.0.0.1:${port}`)) : ok({});
    },
    'services.allOff': () => {
      services = services.map((one) => ({ ...one, tier: 'off', url: null }));
      announce(['_services']);
      return ok({});
    },
    'services.calls': (input) =>
      page(
        calls.filter(
          (call) =>
            (input.tokenId ?? call.tokenId) === call.tokenId &&
            (input.service ?? call.service) === call.service &&
            (input.failed !== true || (call.outcome !== 'ok' && call.outcome !== 'asked')),
        ),
        input,
      ),
    ...keeping(tokens, announce),
  };
}

/** Tokens: made, renewed, taken back. */
function keeping(tokens: ClientToken[], announce: Announce): Answers {
  const text = (): string => `pulser_${crypto.randomUUID().replaceAll('-', '')}QWxhZGRpbg`;
  return {
    'tokens.list': () => ok({ items: tokens.map((token) => ({ ...token })) }),
    'tokens.create': ({ name, scopes, days = 180 }) => {
      const id = `t${tokens.length + 1}`;
      const expiresAt = Date.now() + days * day;
      const state = { lastUsedAt: null, revokedAt: null, state: 'valid' as const };
      tokens.unshift({ id, name, scopes, createdAt: Date.now(), expiresAt, ...state });
      announce(['_services']);
      return ok({ id, token: text(), expiresAt });
    },
    'tokens.revoke': ({ id }) => {
      Object.assign(tokens.find((one) => one.id === id) ?? {}, { state: 'revoked', revokedAt: Date.now() });
      announce(['_services']);
      return ok({});
    },
    'tokens.rotate': ({ id, days = 180 }) => ok({ id, token: text(), expiresAt: Date.now() + days * day }),
  };
}
