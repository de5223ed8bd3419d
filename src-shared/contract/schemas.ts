import { z } from 'zod';
import { appErrorSchema } from './errors.ts';
import { refusalActionNames } from './refusals.ts';

/** Milliseconds since 1970 UTC. */
export const instant = z.int();
/** Integer centavos (PHP). */
export const centavos = z.int();
/** Integer thousandths of the unit: 1000 is one piece. */
export const thousandths = z.int();

export const operatorRole = z.enum(['clerk', 'supervisor', 'operator']);
export type OperatorRole = z.infer<typeof operatorRole>;

/** The person who has signed in on this PC; they stay signed in without the network. */
export const operator = z.strictObject({
  name: z.string(),
  email: z.string(),
  role: operatorRole,
  signedInAt: instant,
});
export type Operator = z.infer<typeof operator>;

export const syncState = z.enum(['synced', 'syncing', 'offline', 'paused', 'attention', 'error']);
export type SyncState = z.infer<typeof syncState>;

export const syncStatus = z.strictObject({
  /** The one word for how things stand; the same in tray, header and log. */
  state: syncState,
  phase: z.enum(['idle', 'pushing', 'pulling']),
  /** Captured changes that the cloud has not confirmed, refused and held ones included. */
  waiting: z.int(),
  oldestWaitingAt: instant.nullable(),
  /** Local transactions that need a person: refused by the cloud, or held behind a refused one. */
  stuck: z.int(),
  openConflicts: z.int(),
  /** End of the last cycle in which everything went well, also with nothing to send. */
  lastSuccessAt: instant.nullable(),
  nextAttemptAt: instant.nullable(),
  pause: z.strictObject({ until: instant.nullable(), reason: z.string() }).nullable(),
  failure: appErrorSchema.nullable(),
  progress: z.strictObject({ done: z.int(), total: z.int() }).nullable(),
  /** Rows of the scopes that are being filled, also while that rests; null when everything is here. */
  filling: z.strictObject({ done: z.int(), total: z.int() }).nullable(),
  store: z.strictObject({ id: z.string(), name: z.string() }).nullable(),
  device: z.strictObject({ id: z.string(), name: z.string() }).nullable(),
  /** Where the key of the store file is kept: by the operating system, or in a file only this user can read. */
  keyKeptBy: z.enum(['system', 'file', 'nobody']),
  /** Plain sentences about the configuration that an operator should know. */
  warnings: z.array(z.string()),
});
export type SyncStatus = z.infer<typeof syncStatus>;

/** A feed that this PC follows, or may. */
export const scopeItem = z.strictObject({
  /** `chain`, `store:ID` or `region:NAME`. A region stands for all its stores. */
  scope: z.string(),
  kind: z.enum(['chain', 'store', 'region']),
  name: z.string(),
  /** The chain and the own store cannot be left out. */
  fixed: z.boolean(),
  chosen: z.boolean(),
  /** The chosen region that brings this store along. */
  through: z.string().nullable(),
  /** `leaving`: its rows go once nothing of them waits. `absent`: may be chosen. */
  state: z.enum(['here', 'loading', 'leaving', 'absent']),
  rows: z.int(),
  /** The content of the rows, without what the database needs around it. */
  bytes: z.int(),
  progress: z.strictObject({ done: z.int(), total: z.int() }).nullable(),
});
export type ScopeItem = z.infer<typeof scopeItem>;

export const scopesReport = z.strictObject({
  scopes: z.array(scopeItem),
  /** Rows that are left out by age: those older than `days`, so before `since`. Null: everything is here. */
  windows: z.array(
    z.strictObject({
      name: z.string(),
      tables: z.array(z.string()),
      days: z.int().nullable(),
      since: instant.nullable(),
    }),
  ),
});
export type ScopesReport = z.infer<typeof scopesReport>;

export const syncRun = z.strictObject({
  id: z.int(),
  startedAt: instant,
  ms: z.number(),
  outcome: z.enum(['ok', 'failed', 'interrupted']),
  pushed: z.int(),
  pulled: z.int(),
  merged: z.int(),
  conflicts: z.int(),
  refused: z.int(),
  bytesUp: z.int(),
  bytesDown: z.int(),
  error: z.string().nullable(),
});

export const overview = z.strictObject({
  /** Sales of the current day in Manila time, this store, voided ones excluded. */
  today: z.strictObject({
    revenue: centavos,
    sales: z.int(),
    /** Revenue of the same weekday last week up to the same time of day; null when there was none. */
    lastWeek: centavos.nullable(),
    /** 24 entries: revenue by Manila hour. */
    hours: z.array(centavos),
  }),
  tables: z.array(
    z.strictObject({ table: z.string(), rows: z.int(), waiting: z.int(), stuck: z.int(), conflicts: z.int() }),
  ),
  runs: z.array(syncRun),
  lastHour: z.strictObject({
    sent: z.int(),
    received: z.int(),
    bytesUp: z.int(),
    bytesDown: z.int(),
    /** Bytes on the wire divided by bytes before compression; null when nothing was sent. */
    compression: z.number().nullable(),
    /** Twelve buckets of five minutes, oldest first. */
    buckets: z.array(z.strictObject({ at: instant, sent: z.int(), received: z.int() })),
  }),
});
export type Overview = z.infer<typeof overview>;

/** `settled`: somebody else had done it already, and this PC took that over by itself. */
export const queueState = z.enum(['saved', 'sending', 'held', 'refused', 'discarded', 'settled']);

/** One local transaction in the queue. */
export const queueItem = z.strictObject({
  txn: z.int(),
  /** The record in the words of the shop, e.g. a product's name or "Sale 1-000123, 3 lines". */
  title: z.string(),
  /** The main record's table. */
  table: z.string(),
  op: z.enum(['I', 'U', 'D']),
  operations: z.int(),
  actor: z.string(),
  at: instant,
  state: queueState,
  /** Why it is stuck, in plain words; null when it is just waiting. */
  reason: z.string().nullable(),
  /** What can be done about it, the most helpful first (contract/refusals.ts); empty when nothing has to be. */
  actions: z.array(z.enum(refusalActionNames)),
  /** Fields changed on the main record: the first few, for one line. */
  changes: z.array(z.strictObject({ column: z.string(), before: z.unknown(), after: z.unknown() })),
});
export type QueueItem = z.infer<typeof queueItem>;

export const queueOperation = z.strictObject({
  seq: z.int(),
  table: z.string(),
  rowId: z.string(),
  op: z.enum(['I', 'U', 'D']),
  title: z.string(),
  fields: z.array(
    z.strictObject({
      column: z.string(),
      before: z.unknown(),
      after: z.unknown(),
      /** What it said before somebody edited the refused change; only where it was edited. */
      original: z.unknown().optional(),
    }),
  ),
});

/** Another local transaction in the queue, named. */
export const queueLink = z.strictObject({ txn: z.int(), title: z.string() });

/** Who made one side of a conflict. */
export const conflictSide = z.strictObject({
  deviceId: z.string().nullable(),
  /** Name of the PC; "Head office" where no PC made the change. */
  deviceName: z.string(),
  isThisDevice: z.boolean(),
  actor: z.string(),
  at: instant.nullable(),
});

export const conflictField = z.strictObject({
  column: z.string(),
  /** Value both sides had seen before. */
  base: z.unknown(),
  /** Value of the change that arrived second and was kept aside. */
  incoming: z.unknown(),
  /** Value the cloud kept. */
  kept: z.unknown(),
});

/** What became of a record whose conflict was about a deletion. */
export const recordOutcome = z.enum(['kept', 'restored', 'deleted']);

/** One line of a conflict's history, oldest first. */
export const conflictEvent = z.strictObject({
  /**
   * `opened`, `settled` by a rule, `changed` by the side that was kept aside, `resolved`, `late`: decided at the same time as somebody else,
   * whose decision stands, `undone`, `reopened` after a rule
   */
  what: z.enum(['opened', 'settled', 'changed', 'resolved', 'late', 'undone', 'reopened']),
  by: z.string(),
  deviceName: z.string(),
  at: instant.nullable(),
  /** The values that were chosen. */
  values: z.record(z.string(), z.unknown()).nullable(),
  /** What was decided about a deletion. */
  record: recordOutcome.nullable(),
});
export type ConflictEvent = z.infer<typeof conflictEvent>;

export const conflictItem = z.strictObject({
  id: z.string(),
  /** `fields`: both changed the same fields; `update`: a change met a deletion; `delete`: a deletion met a change. */
  kind: z.enum(['fields', 'update', 'delete']),
  table: z.string(),
  rowId: z.string(),
  title: z.string(),
  incoming: conflictSide,
  kept: conflictSide,
  fields: z.array(conflictField),
  /** The record as it stands here now; null when it was deleted. */
  record: z.record(z.string(), z.unknown()).nullable(),
  /** The record as it last was in the cloud; null when nobody kept it. */
  image: z.record(z.string(), z.unknown()).nullable(),
  openedAt: instant,
  status: z.enum(['open', 'resolved']),
  resolution: z
    .strictObject({
      values: z.record(z.string(), z.unknown()),
      record: recordOutcome.nullable(),
      by: z.string(),
      deviceName: z.string(),
      at: instant.nullable(),
    })
    .nullable(),
  history: z.array(conflictEvent),
});
export type ConflictItem = z.infer<typeof conflictItem>;

/** The answer for each of several conflicts; `error` is null where it was done. */
export const manyDone = z.strictObject({
  results: z.array(z.strictObject({ id: z.string(), error: appErrorSchema.nullable() })),
});

/** Which column of a file holds what; names are the file's header cells. */
export const importMapping = z.strictObject({
  date: z.string(),
  time: z.string().optional(),
  /** Lines with the same receipt value are one sale; without it each line is its own sale. */
  receipt: z.string().optional(),
  product: z.string(),
  quantity: z.string().optional(),
  unitPrice: z.string().optional(),
  lineTotal: z.string().optional(),
  payment: z.string().optional(),
});
export type ImportMapping = z.infer<typeof importMapping>;

export const importInspection = z.strictObject({
  path: z.string(),
  kind: z.enum(['baskets', 'table']),
  bytes: z.int(),
  header: z.array(z.string()),
  sample: z.array(z.array(z.string())),
  /** Best guess of the mapping; only for `table`. */
  suggestion: importMapping.partial().nullable(),
  /** True when the very same content was imported before. */
  importedBefore: z.boolean(),
});

export const importProgress = z.strictObject({
  id: z.string(),
  path: z.string(),
  state: z.enum(['running', 'done', 'cancelled', 'failed']),
  bytesDone: z.int(),
  bytesTotal: z.int(),
  sales: z.int(),
  lines: z.int(),
  /** Sales that were already here from an earlier import of the same content. */
  skipped: z.int(),
  badCount: z.int(),
  /** The first hundred lines that could not be taken. */
  bad: z.array(z.strictObject({ line: z.int(), reason: z.string(), text: z.string() })),
  error: appErrorSchema.nullable(),
});
export type ImportProgress = z.infer<typeof importProgress>;

export const product = z.strictObject({
  id: z.string(),
  sku: z.string(),
  name: z.string(),
  local_name: z.string().nullable(),
  brand: z.string().nullable(),
  category: z.string(),
  unit: z.string(),
  price: centavos,
  cost: centavos,
  active: z.int(),
});
export type Product = z.infer<typeof product>;

export const customer = z.strictObject({
  id: z.string(),
  name: z.string(),
  phone: z.string().nullable(),
  address: z.string().nullable(),
  credit_limit: centavos,
  note: z.string().nullable(),
  tags: z.array(z.string().trim().min(1).max(40)).max(20),
  /** First and last sale or payment; null before the first. */
  first_visit_at: instant.nullable(),
  last_visit_at: instant.nullable(),
});

export const requestMode = z.enum(['verbal', 'pointing', 'indirect']);
export const requestType = z.enum(['branded', 'unbranded']);
/** Whether the seller suggested something, and whether the customer took it. */
export const suggestion = z.enum(['none', 'offered', 'accepted']);
export const substitutionReason = z.enum(['stockout', 'suggestion', 'price', 'unknown']);

export const payment = z.enum(['cash', 'gcash', 'maya', 'credit', 'other']);

export const sale = z.strictObject({
  id: z.string(),
  number: z.string(),
  at: instant,
  total: centavos,
  lines: z.int(),
  payment,
  voidedAt: instant.nullable(),
  /** The sale's journey: saved on this PC, or confirmed by the cloud. */
  journey: z.enum(['saved', 'confirmed', 'refused']),
});

export const latency = z.strictObject({ count: z.int(), p50Ms: z.number(), p99Ms: z.number(), maxMs: z.number() });

export const diagnostics = z.strictObject({
  versions: z.record(z.string(), z.string()),
  databaseBytes: z.int(),
  writes: latency,
  reads: latency,
  loopDelay: latency,
  config: z.array(z.strictObject({ name: z.string(), value: z.string(), source: z.string() })),
});
