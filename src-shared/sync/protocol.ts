/** What travels between a store PC and the cloud's sync functions (migrations/cloud/functions). */
import { z } from 'zod';
import type { Values } from './rebase.ts';

/** The version of this protocol that the app speaks; every call says it. Raised when an older app could not read the answers any more. */
export const protocolVersion = 2;

type Head = [index: number, rowId: string, baseVersion: number, clock: number, actor: string];

/** Places of a row of a section before its values. */
export const headLength = 5;

/** Operations of one kind on one table, at most one for each row. */
export type Section =
  | { t: string; o: 'I'; cols: string[]; rows: [...Head, ...(string | number | null)[]][] }
  | { t: string; o: 'U'; rows: [...Head, Values, Values][] }
  | { t: string; o: 'D'; rows: [...Head, Values][] };

/** One local transaction on its own; `txn` is this PC's number of it, `key` names it wherever a copy of it goes. */
export type Unit = { txn: number; key: string; sections: Section[] };

/**
 * A batch that applies as a whole, or, after something in it was refused, unit by unit. `after` is there when batches after that one had
 * no answer yet as this one was written: what they have refused holds up units of this one.
 */
export type PushBody = { sections: Section[]; keys: string[] } | { units: Unit[]; after?: number };

const sectionReply = z.object({
  /** Version of each row in order, or one number for all. */
  v: z.union([z.int(), z.array(z.int())]),
  /** Rows that did not simply apply, with the cloud's image of them. */
  x: z
    .array(
      z.object({
        i: z.int(),
        r: z.enum(['merged', 'conflict']),
        shape: z.int(),
        image: z.array(z.union([z.string(), z.number(), z.null()])),
      }),
    )
    .optional(),
  /** Rows that the operation met deleted, and that stay so. Their entry in `v` is 0, the version of the deletion is here. */
  gone: z.array(z.object({ i: z.int(), r: z.enum(['merged', 'conflict']), v: z.int() })).optional(),
});
export type SectionReply = z.infer<typeof sectionReply>;

const unitReply = z.discriminatedUnion('r', [
  z.object({ r: z.literal('ok'), sections: z.array(sectionReply) }),
  z.object({ r: z.literal('held') }),
  /** A copy of this disk had sent it before. */
  z.object({ r: z.literal('known') }),
  z.object({ r: z.literal('rejected'), code: z.string(), message: z.string(), constraint: z.string().nullish() }),
]);
export type UnitReply = z.infer<typeof unitReply>;

export const pushReply = z.union([
  z.object({ status: z.literal('split') }),
  z.object({ status: z.literal('ok'), sections: z.array(sectionReply), replayed: z.boolean().optional() }),
  z.object({ status: z.literal('ok'), units: z.array(unitReply), replayed: z.boolean().optional() }),
]);
export type PushReply = z.infer<typeof pushReply>;

/** [shape, op, row id, version, image]; the image is null on a delete. */
export type FeedRow = [
  shape: number,
  op: 'I' | 'U' | 'D',
  rowId: string,
  version: number,
  image: (string | number | null)[] | null,
];

/** Where a PC stands in each scope's feed: position, and the mark of the transaction there (null: from before there were marks). */
export type Cursors = Readonly<Record<string, readonly [position: number, stamp: number | null]>>;

/**
 * Why a scope has to be read from nothing: `new` it was never read, `horizon` the feed no longer reaches back to the cursor, `rewound` the
 * cloud has not been where this PC was, `epoch` the cloud was moved or restored.
 */
const resetReason = z.enum(['new', 'horizon', 'rewound', 'epoch']);
export type ResetReason = z.infer<typeof resetReason>;

const feedScope = z.union([
  z.object({ scope: z.string(), reset: resetReason, head: z.int(), floor: z.int() }),
  z.object({
    scope: z.string(),
    from: z.int(),
    to: z.int(),
    /** The mark of the transaction at `to`. */
    stamp: z.int(),
    head: z.int(),
    txns: z.array(z.int()),
    // Thousands of rows: checked by their number here and by the database's types when they are written.
    rows: z.custom<FeedRow[]>((rows) => Array.isArray(rows)),
  }),
]);
export type FeedScope = z.infer<typeof feedScope>;

/** Days by name of a row window (src-shared/register.ts): older rows are left out. */
const windows = z.record(z.string(), z.int().positive());

/** What the cloud says of this PC's scopes. `mark` names this state. */
export const heldScopes = z.object({
  mark: z.string(),
  /** What a supervisor allows beside the chain and the own store. */
  grants: z.array(z.string()),
  /** What was chosen. */
  scopes: z.array(z.string()),
  /** What follows from it: regions expanded, and only what is granted. */
  effective: z.array(z.string()),
  windows,
});
export type HeldScopes = z.infer<typeof heldScopes>;

export const chosenScopes = z.union([z.object({ refused: z.array(z.string()) }), heldScopes]);
export type ChosenScopes = z.infer<typeof chosenScopes>;

export const pullPage = z.object({
  scopes: z.array(feedScope),
  more: z.boolean(),
  /** Columns of row images: {shape: [table, column, ...]}. */
  shapes: z.record(z.string(), z.array(z.string()).min(1)),
  /** The protocol that the cloud speaks, and the oldest one that it serves. */
  protocol: z.tuple([z.int(), z.int()]).default([1, 1]),
  /** What new rows of these shapes hold where nobody filled anything in, if not null. */
  defaults: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number()]))).default({}),
  /** The cloud's clock in microseconds since 1970. */
  clock: z.int(),
  /** {scope: topic of its private Realtime channel}. The names are secret and change when a PC is revoked. */
  channels: z.record(z.string(), z.string()).default({}),
  /** The cloud's own: raised when it was moved or restored. */
  epoch: z.int(),
  /** Null when nothing changed since the mark that was sent. */
  held: heldScopes.nullable(),
  /** The last batch that the cloud has from this PC. */
  batch: z.int().optional(),
});
export type PullPage = z.infer<typeof pullPage>;

export const snapshotBegin = z.object({
  epoch: z.int(),
  clock: z.int(),
  scopes: z.array(
    z.object({
      scope: z.string(),
      head: z.int(),
      stamp: z.int(),
      /** Tables to read in this order, and how many rows they have now. */
      tables: z.array(z.tuple([z.string(), z.int()])),
    }),
  ),
});
export type SnapshotBegin = z.infer<typeof snapshotBegin>;

export const snapshotPage = z.object({
  shape: z.int(),
  /** The table and its columns. */
  columns: z.array(z.string()).min(1),
  /** [row id, version, value, ...] in the order of the ids. */
  rows: z.custom<[string, number, ...(string | number | null)[]][]>((rows) => Array.isArray(rows)),
  /** The id to go on after; null at the end of the table. */
  next: z.string().nullable(),
  clock: z.int(),
});
export type SnapshotPage = z.infer<typeof snapshotPage>;

/** Where the feeds of the scopes stood when something was computed: {scope: [position, mark]}. */
const heads = z.record(z.string(), z.tuple([z.int(), z.int()]));
export type Heads = z.infer<typeof heads>;

export const cloudBuckets = z.object({
  heads,
  /** Per table the columns that were used, and {bucket: [rows, md5]}; the bucket is the last two hex digits of the id. */
  tables: z.record(
    z.string(),
    z.object({ columns: z.array(z.string()), buckets: z.record(z.string(), z.tuple([z.int(), z.string()])) }),
  ),
});
export type CloudBuckets = z.infer<typeof cloudBuckets>;

export const cloudRowHashes = z.object({
  heads,
  columns: z.array(z.string()),
  /** [row id, version, md5] in the order of the ids. */
  rows: z.array(z.tuple([z.string(), z.int(), z.string()])),
});
export type CloudRowHashes = z.infer<typeof cloudRowHashes>;

export const cloudRows = z.object({
  heads,
  shape: z.int(),
  /** The table and its columns. */
  columns: z.array(z.string()).min(1),
  /** [row id, version, deleted, image]; rows that the cloud knows nothing of are not among them. */
  rows: z.array(
    z.tuple([z.string(), z.int(), z.boolean(), z.array(z.union([z.string(), z.number(), z.null()])).nullable()]),
  ),
});
export type CloudRows = z.infer<typeof cloudRows>;

/** Which local transactions the cloud has; without `complete` it can tell only about those made after `since` (microseconds since 1970). */
export const knownKeys = z.object({ known: z.array(z.string()), complete: z.boolean(), since: z.int() });
export type KnownKeys = z.infer<typeof knownKeys>;

/** {device: last batch}, without the devices that the cloud does not know. */
export const lastBatches = z.record(z.string(), z.int());

const sums = { revenue: z.int(), sales: z.int() };

/** Sales of each store that a PC may read in a span, and before it. Money in centavos; dayparts are Manila's. */
export const storeTotals = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    ...sums,
    before_revenue: z.int(),
    before_sales: z.int(),
    voided_sales: z.int(),
    voided_amount: z.int(),
    dayparts: z.array(z.object({ daypart: z.enum(['morning', 'afternoon', 'evening', 'night']), ...sums })),
  }),
);
export type StoreTotals = z.infer<typeof storeTotals>;

/** What the cloud tells with a batch that it does not take in its turn. */
export const cloudState = z.object({ last_batch: z.int(), epoch: z.int() });

/** What a PC is told when it joins a store. */
export const enrolment = z.object({
  deviceId: z.string(),
  deviceName: z.string(),
  storeId: z.string(),
  storeName: z.string(),
  counter: z.int(),
  epoch: z.int(),
});
export type Enrolment = z.infer<typeof enrolment>;
