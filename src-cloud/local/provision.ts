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

/** What a supervisor can do. Every call throws an Error with the cloud's words when it is refused. */
export type Provision = {
  /** Adds a store; answers its id. */
  readonly createStore: (store: NewStore) => Promise<string>;
  readonly listStores: () => Promise<{ id: string; code: string; name: string }[]>;
  /** Makes a one-time code with which one PC can join the store; it is shown once and kept only as a hash. */
  readonly createEnrolmentCode: (storeId: string, validMinutes?: number) => Promise<string>;
  /** Shuts a PC out at once. */
  readonly revokeDevice: (deviceId: string) => Promise<void>;
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
    const response = await send(`${deps.url}/rest/v1${path}`, {
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
      await call('POST', '/stores', { id, ...store });
      return id;
    },
    listStores: async () => (await call('GET', '/stores?select=id,code,name&order=code')) as never,
    async createEnrolmentCode(storeId, validMinutes = defaultMinutes) {
      const code = formatCode(randomBytes(12));
      await call('POST', '/rpc/create_enrolment', {
        p_store_id: storeId,
        p_code_hash: await hashCode(code),
        p_expires_at: new Date(now() + validMinutes * 60_000).toISOString(),
      });
      return code;
    },
    async revokeDevice(deviceId) {
      await call('POST', '/rpc/revoke_device', { p_device_id: deviceId });
    },
    async seedProducts(rows) {
      for (let at = 0; at < rows.length; at += chunk) {
        await call('POST', '/products', rows.slice(at, at + chunk), 'resolution=ignore-duplicates,return=minimal');
      }
    },
  };
}
