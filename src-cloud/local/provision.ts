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
