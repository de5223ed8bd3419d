import { randomBytes, randomUUID } from 'node:crypto';

import { formatCode, hashCode } from '../functions/enrolment-code.ts';

/** Where a supervisor works, and with what: the service role key exists only here. */
export type Supervisor = { readonly url: string; readonly serviceRoleKey: string };

/** A store as the cloud keeps it. */
export type NewStore = {
  readonly id?: string;
  readonly code: string;
  readonly name: string;
  readonly region: string;
  readonly province: string;
  readonly city: string;
  readonly barangay: string;
};

/** A product as the cloud keeps it; money in integer centavos. */
export type NewProduct = {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly local_name: string | null;
  readonly brand: string | null;
  readonly category: string;
  readonly unit: string;
  readonly price: number;
  readonly cost: number;
  readonly active: boolean;
};

/** A PC as the cloud knows it; times are ISO 8601, `lastSeenAt` is its last sign-in or batch. */
export type ListedDevice = {
  readonly id: string;
  readonly name: string;
  readonly storeId: string;
  readonly storeName: string;
  readonly counter: number;
  /** `password`: enrolled by the version before, and not moved to a key pair of its own yet. */
  readonly signIn: 'key' | 'password';
  readonly enrolledAt: string;
  readonly lastSeenAt: string | null;
  readonly revokedAt: string | null;
  readonly replaces: string | null;
  readonly forkedFrom: string | null;
};

/** A person who works at store PCs. */
export type NewOperator = {
  readonly email: string;
  readonly name: string;
  readonly role: 'clerk' | 'supervisor' | 'operator';
};

/** What the guard found: `repaired` is right again, `alarm` waits for a person. */
export type GuardReport = {
  readonly state: 'ok' | 'repaired' | 'alarm';
  readonly triggers: readonly { readonly table: string; readonly trigger: string; readonly problem: string }[];
  /** Rows that the feed had not noticed, that are gone without its notice, and those of them that it does not follow without a person. */
  readonly tables: readonly {
    readonly table: string;
    readonly compared: number;
    readonly unnoticed: number;
    readonly gone: number;
    readonly withheld: number;
  }[];
};

/** One line of the cloud's own log of its upkeep. */
type HealthRow = {
  readonly at: string;
  readonly what: 'prune' | 'guard';
  readonly state: GuardReport['state'];
  readonly details: Readonly<Record<string, unknown>>;
};

/** What a supervisor can do. Every call throws an Error with the cloud's words when it is refused. */
export type Provision = {
  /** Adds a store; answers its id. */
  readonly createStore: (store: NewStore) => Promise<string>;
  readonly listStores: () => Promise<{ id: string; code: string; name: string }[]>;
  /**
   * Makes a one-time code with which one PC can join the store; it is shown once and kept only as a hash. When it names a PC to be replaced,
   * that one is shut out as soon as the code is used, and the new one takes over its name and rights.
   */
  readonly createEnrolmentCode: (storeId: string, validMinutes?: number, replaces?: string) => Promise<string>;
  /** Shuts a PC out at once. */
  readonly revokeDevice: (deviceId: string) => Promise<void>;
  /** Sets what a PC may choose beside the chain and its own store: `store:ID`, `region:NAME`. What is not named is taken back at once. */
  readonly grantScopes: (deviceId: string, scopes: readonly string[]) => Promise<void>;
  /** After the cloud was moved or restored: every PC reads everything anew. Answers the new epoch. */
  readonly raiseEpoch: () => Promise<number>;
  /** All PCs of a store, or of all stores, revoked ones too. */
  readonly listDevices: (storeId?: string) => Promise<ListedDevice[]>;
  /** Makes an account for a person; answers its password, which is shown once. */
  readonly createOperator: (operator: NewOperator) => Promise<string>;
  /**
   * Looks after the feed's triggers and compares every table with what was fed; feeds what was missed. `accept` follows also a table that lost
   * most of its rows.
   */
  readonly guard: (options?: { readonly accept?: boolean }) => Promise<GuardReport>;
  /** What the cloud's upkeep did and found lately, newest first. */
  readonly health: () => Promise<HealthRow[]>;
  /** Adds products, 500 at a time; those whose id exists already are left as they are. */
  readonly seedProducts: (rows: readonly NewProduct[]) => Promise<void>;
};

const defaultMinutes = 15;
const chunk = 500;

/** Creates the supervisor's side of provisioning. */
export function createProvision(
  deps: Supervisor & { readonly fetch?: typeof fetch; readonly now?: () => number },
): Provision {
  const { fetch: send = fetch, now = Date.now } = deps;

  async function call(method: string, path: string, body?: unknown, prefer = ''): Promise<unknown> {
    const response = await send(`${deps.url}${path}`, {
      method,
      headers: {
        apikey: deps.serviceRoleKey,
        authorization: `Bearer ${deps.serviceRoleKey}`,
        'content-type': 'application/json',
        ...(prefer ? { prefer } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was refused (${response.status}): ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  return {
    async createStore({ id = randomUUID(), ...store }) {
      await call('POST', '/rest/v1/stores', { id, ...store });
      return id;
    },
    listStores: async () => (await call('GET', '/rest/v1/stores?select=id,code,name&order=code')) as never,
    async createEnrolmentCode(storeId, validMinutes = defaultMinutes, replaces) {
      const code = formatCode(randomBytes(12));
      await call('POST', '/rest/v1/rpc/create_enrolment', {
        p_store_id: storeId,
        p_code_hash: await hashCode(code),
        p_expires_at: new Date(now() + validMinutes * 60_000).toISOString(),
        p_replaces: replaces ?? null,
      });
      return code;
    },
    async revokeDevice(deviceId) {
      await call('POST', '/rest/v1/rpc/revoke_device', { p_device_id: deviceId });
    },
    async grantScopes(deviceId, scopes) {
      await call('POST', '/rest/v1/rpc/grant_scopes', { p_device_id: deviceId, p_scopes: scopes });
    },
    raiseEpoch: async () => (await call('POST', '/rest/v1/rpc/raise_epoch', {})) as number,
    async listDevices(storeId) {
      return (await call('POST', '/rest/v1/rpc/list_devices', { p_store_id: storeId ?? null })) as ListedDevice[];
    },
    async createOperator({ email, name, role }) {
      const password = formatCode(randomBytes(12));
      const app_metadata = { kind: 'operator', name, role };
      await call('POST', '/auth/v1/admin/users', { email, password, email_confirm: true, app_metadata });
      return password;
    },
    guard: ({ accept = false } = {}) => fullGuard((body) => call('POST', '/rest/v1/rpc/sync_guard', body), accept),
    health: async () => (await call('POST', '/rest/v1/rpc/sync_health', {})) as HealthRow[],
    async seedProducts(rows) {
      for (let at = 0; at < rows.length; at += chunk) {
        await call(
          'POST',
          '/rest/v1/products',
          rows.slice(at, at + chunk),
          'resolution=ignore-duplicates,return=minimal',
        );
      }
    },
  };
}

const worst = ['ok', 'repaired', 'alarm'] as const;

/** Calls the guard, which works for a few seconds at a time, until it has gone through everything once; adds up what it found. */
async function fullGuard(ask: (body: object) => Promise<unknown>, accept: boolean): Promise<GuardReport> {
  const tables = new Map<string, GuardReport['tables'][number]>();
  const triggers: GuardReport['triggers'][number][] = [];
  let state: GuardReport['state'] = 'ok';
  for (let since: string | null = null; ;) {
    const part = (await ask({ p_since: since, p_accept: accept })) as GuardReport & { more: boolean; asked: string };
    triggers.push(...part.triggers);
    for (const found of part.tables) tables.set(found.table, added(tables.get(found.table), found));
    if (worst.indexOf(part.state) > worst.indexOf(state)) state = part.state;
    since ??= part.asked;
    if (!part.more) return { state, triggers, tables: [...tables.values()] };
  }
}

function added(before: GuardReport['tables'][number] | undefined, found: GuardReport['tables'][number]): typeof found {
  if (!before) return found;
  const { table, compared, unnoticed, gone, withheld } = found;
  return {
    table,
    compared: before.compared + compared,
    unnoticed: before.unnoticed + unnoticed,
    gone: before.gone + gone,
    withheld: before.withheld + withheld,
  };
}
