import { z } from 'zod';
import { appErrorSchema } from './errors.ts';
import { instant, latency } from './schemas.ts';

/** How far assistants may go with a service: not at all, only reading, or also changing the store. */
export const serviceTier = z.enum(['off', 'read', 'write']);
export type ServiceTier = z.infer<typeof serviceTier>;

export const healthState = z.enum(['ok', 'degraded', 'down']);

/** Calls since the start of the app: how many, how many of them failed, how long they took. */
export const callNumbers = latency.extend({ p95Ms: z.number(), errors: z.int() });
export type CallNumbers = z.infer<typeof callNumbers>;

/** A tool of a service, and what the operator chose for it. */
const serviceTool = z.strictObject({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  access: z.enum(['read', 'write']),
  /** It can destroy what was there, and asks a person first. */
  destructive: z.boolean(),
  on: z.boolean(),
  /** Whether a person is asked; only destructive tools ask, and the operator may let one go without. */
  asks: z.boolean(),
  calls: callNumbers,
});

const service = z.strictObject({
  id: z.string(),
  title: z.string(),
  version: z.string(),
  tier: serviceTier,
  /** Where clients reach it; null while nothing listens or its tier is off. */
  url: z.string().nullable(),
  state: healthState,
  checks: z.array(z.strictObject({ name: z.string(), state: healthState, note: z.string() })),
  tools: z.array(serviceTool),
  /** Bytes of its list of tools, which every assistant carries along in its memory. */
  listBytes: z.int(),
  /** Its tools, resources and prompts together. */
  calls: callNumbers,
});

export const servicesReport = z.strictObject({
  listener: z.strictObject({
    /** `off`: no service is on, and no port is open. `failed`: see `failure`. */
    state: z.enum(['off', 'on', 'failed']),
    /** The port on 127.0.0.1, wished or open. */
    port: z.int(),
    failure: appErrorSchema.nullable(),
    /** Open connections of clients now. */
    connections: z.int(),
    /** Requests that were turned away at the door since the start: no token, a wrong one, another site's page. */
    refused: z.int(),
    lastRefusal: z.strictObject({ at: instant, reason: z.string() }).nullable(),
  }),
  services: z.array(service),
  /**
   * For programs that can only start a command: where the bridge lies on this PC, with the bundles beside it, and the data folder it is to be told.
   * Null where this installation has none.
   */
  bridge: z.strictObject({ path: z.string(), dataDir: z.string() }).nullable(),
});
export type ServicesReport = z.infer<typeof servicesReport>;

/** What a token allows with one service. */
export const serviceScope = z.strictObject({ service: z.string().regex(/^[a-z]{2,20}$/), write: z.boolean() });
export type ServiceScope = z.infer<typeof serviceScope>;

/** A client's token as it is listed; the token itself is shown once, when it is made. */
export const clientToken = z.strictObject({
  id: z.string(),
  /** The client by the operator's name for it: "Cursor on laptop". */
  name: z.string(),
  scopes: z.array(serviceScope),
  createdAt: instant,
  expiresAt: instant,
  lastUsedAt: instant.nullable(),
  revokedAt: instant.nullable(),
  state: z.enum(['valid', 'expired', 'revoked']),
});
export type ClientToken = z.infer<typeof clientToken>;

/** A new token: this is the only time it can be read. */
export const newToken = z.strictObject({ id: z.string(), token: z.string(), expiresAt: instant });

/** One call of a client. Never holds what was asked or answered. */
export const serviceCall = z.strictObject({
  id: z.int(),
  at: instant,
  client: z.string(),
  tokenId: z.string(),
  service: z.string(),
  kind: z.enum(['tool', 'resource', 'prompt']),
  name: z.string(),
  /** `ok`, or the code of the failure. */
  outcome: z.string(),
  ms: z.number(),
  /** Length of the answer. */
  bytes: z.int(),
});
export type ServiceCall = z.infer<typeof serviceCall>;
