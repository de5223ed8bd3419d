/**
 * Every command of the app: what goes in, what comes out. Three carriers serve it (Electron IPC, a loopback socket, direct
 * calls); answers are `{ok: true, value}` or `{ok: false, error}` with a code of errors.ts.
 */
import { z } from 'zod';
import type { Result } from '../result.ts';
import type { AppError } from './errors.ts';
import * as bundles from './bundles.ts';
import { economy, economySettings } from './economy.ts';
import * as s from './schemas.ts';
import * as services from './services.ts';
import { verification, verificationHistory } from './verification.ts';

const nothing = z.strictObject({});
const values = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));
const many = z.array(z.string()).min(1).max(500);
const filePath = z.string().min(1).max(4000);
const page = { limit: z.int().min(1).max(200).default(50), cursor: z.string().optional() };

function command<I extends z.ZodType, O extends z.ZodType>(input: I, output: O): { input: I; output: O } {
  return { input, output };
}

export const commands = {
  'status.get': command(nothing, s.syncStatus),
  'overview.get': command(nothing, s.overview),

  'sync.now': command(nothing, nothing),
  /** Pauses until resumed, or until `until`. */
  'sync.pause': command(z.strictObject({ until: s.instant.nullable(), reason: z.string().min(1).max(200) }), nothing),
  'sync.resume': command(nothing, nothing),
  'sync.economy.get': command(nothing, economy),
  /** Takes effect at once and stays. `sync.now` does a whole round all the same. */
  'sync.economy.set': command(economySettings, economy),
  /** Compares this PC's rows with the cloud's and mends what differs. `versions` is the quick way, without the values. */
  'sync.verify': command(z.strictObject({ depth: z.enum(['versions', 'content']).default('content') }), verification),
  /** What came of comparisons lately, also of those that this PC made by itself. */
  'sync.verifications': command(z.strictObject({ limit: z.int().min(1).max(200).default(20) }), verificationHistory),
  /**
   * Writes everything that waits into a change bundle at `path` (`*.pulserbundle`), for the cloud alone, to be carried to a PC with a network. The
   * changes go on waiting here; whichever way they come first, they count once. Answers when the file is safely written.
   */
  'bundle.export': command(z.strictObject({ path: filePath }), bundles.bundleExport),
  /** Looks at a bundle or an answer, without the network. */
  'bundle.inspect': command(z.strictObject({ path: filePath }), bundles.bundleInspection),
  /**
   * Carries a bundle of any PC to the cloud, and writes the cloud's answer beside it (`*.pulseranswer`); or takes an answer in on the PC that
   * exported the bundle, which needs no network. Interrupted, or done twice, it does no harm.
   */
  'bundle.import': command(z.strictObject({ path: filePath }), bundles.bundleImport),
  /** The history of bundles on this PC, newest first. It has moved when `changes` says `_sync`. */
  'bundle.list': command(
    z.strictObject({ limit: z.int().min(1).max(200).default(50) }),
    z.strictObject({ items: z.array(bundles.bundleRun) }),
  ),
  /** What this PC may keep, what was chosen, how much of it is here. */
  'scopes.get': command(nothing, s.scopesReport),
  /**
   * Chooses scopes (the chain and the own store stay in any case) and row windows in days (null or not named: everything). Added ones are
   * filled in the background, others leave once everything of theirs is sent. Needs the network.
   */
  'scopes.choose': command(
    z.strictObject({
      scopes: z.array(z.string().min(1).max(200)).max(1000),
      windows: z.record(z.string(), z.int().min(1).max(36_500).nullable()).default({}),
    }),
    nothing,
  ),
  'device.enrol': command(
    z.strictObject({ code: z.string().trim().min(4).max(64), deviceName: z.string().trim().min(1).max(80) }),
    z.strictObject({ deviceId: z.string(), storeId: z.string() }),
  ),
  /** Signs a person in; what they do from now on carries their name. Needs the network, staying signed in does not. */
  'operator.signIn': command(
    z.strictObject({ email: z.string().trim().min(3).max(254), password: z.string().min(1).max(200) }),
    s.operator,
  ),
  'operator.signOut': command(nothing, nothing),
  /** Who is signed in; null when nobody is. */
  'operator.get': command(nothing, s.operator.nullable()),

  /** Newest first. `waiting` leaves stuck ones out; `stuck` is what needs a person. */
  'queue.list': command(
    z.strictObject({ filter: z.enum(['all', 'waiting', 'stuck', 'discarded']).default('all'), ...page }),
    z.strictObject({ items: z.array(s.queueItem), total: z.int(), next: z.string().nullable() }),
  ),
  'queue.get': command(
    z.strictObject({ txn: z.int() }),
    z.strictObject({
      item: s.queueItem,
      operations: z.array(s.queueOperation),
      /** What a held one waits for, and what waits for this one, because they change the same records. */
      waitsFor: z.array(s.queueLink),
      holds: z.array(s.queueLink),
      /** Whether values were edited and the cloud has not accepted them: what queue.undoEdit takes back. */
      edited: z.boolean(),
    }),
  ),
  'queue.retry': command(z.strictObject({ txn: z.int() }), nothing),
  /**
   * Puts other values into a stuck transaction and sends it again, whole and as the same transaction. Values are checked against the
   * register (`bad-input` names table and field); what stood there before stays in the history.
   */
  'queue.edit': command(
    z.strictObject({
      txn: z.int(),
      changes: z.array(z.strictObject({ table: z.string(), rowId: z.string(), values })).min(1),
    }),
    nothing,
  ),
  /** Takes back the last edit of what the cloud has not accepted; `moved-on` when it was sent meanwhile. */
  'queue.undoEdit': command(z.strictObject({ txn: z.int() }), nothing),
  /** Takes the cloud's version of the records instead of a stuck transaction; later changes to them stay on top. */
  'queue.discard': command(z.strictObject({ txn: z.int() }), nothing),
  /** Undoes queue.discard: the transaction is stuck as it was. */
  'queue.restore': command(z.strictObject({ txn: z.int() }), nothing),

  'conflicts.list': command(
    z.strictObject({ status: z.enum(['open', 'resolved']).default('open'), ...page }),
    z.strictObject({ items: z.array(s.conflictItem), total: z.int(), next: z.string().nullable() }),
  ),
  /**
   * Writes the chosen values to the record and closes the conflict everywhere. `seen` is the record's values of the
   * conflicting columns as they were shown (none when it was not there); when they changed since, the answer is `moved-on`.
   * `record` belongs to conflicts about a deletion, and only to them: whether the record is there afterwards, with the values, or deleted.
   */
  'conflicts.resolve': command(
    z.strictObject({ id: z.string(), values, seen: values, record: z.enum(['keep', 'delete']).optional() }),
    nothing,
  ),
  /** Puts back what the record had before the resolution and opens the conflict again. */
  'conflicts.undo': command(z.strictObject({ id: z.string() }), nothing),
  /** Other open conflicts like this one: of the same kind and table, about the same fields, between the same two sides; 500 at most. */
  'conflicts.similar': command(z.strictObject({ id: z.string() }), z.strictObject({ ids: z.array(z.string()) })),
  /** Takes one side for many, each for itself. One whose record is no longer what the conflict says is left open (`moved-on`). */
  'conflicts.resolveMany': command(z.strictObject({ ids: many, take: z.enum(['incoming', 'kept']) }), s.manyDone),
  /** Undoes many resolutions, each for itself: the way back from conflicts.resolveMany. */
  'conflicts.undoMany': command(z.strictObject({ ids: many }), s.manyDone),

  'import.inspect': command(z.strictObject({ path: z.string().min(1) }), s.importInspection),
  'import.start': command(
    z.strictObject({ path: z.string().min(1), mapping: s.importMapping.optional() }),
    z.strictObject({ id: z.string() }),
  ),
  'import.cancel': command(z.strictObject({ id: z.string() }), nothing),
  /** The running or last import; null when there was none since the start. */
  'import.get': command(nothing, s.importProgress.nullable()),

  'sales.record': command(
    z.strictObject({
      items: z
        .array(
          z.strictObject({
            productId: z.string(),
            qty: s.thousandths.positive(),
            /** The product that was asked for, where this one was given instead. */
            substitutedFrom: z.string().optional(),
            substitutionReason: s.substitutionReason.optional(),
          }),
        )
        .min(1)
        .max(100),
      payment: s.payment,
      customerId: z.string().nullable().default(null),
      /** How it was asked for, and whether something was suggested, where somebody looked. */
      requestMode: s.requestMode.optional(),
      requestType: s.requestType.optional(),
      suggestion: s.suggestion.optional(),
      /** Names this attempt: the same key again gives the sale that there is, instead of a second one. */
      key: z.string().min(1).max(100).optional(),
    }),
    z.strictObject({ id: z.string(), number: z.string(), total: s.centavos }),
  ),
  'sales.list': command(
    z.strictObject({ ...page }),
    z.strictObject({ items: z.array(s.sale), total: z.int(), next: z.string().nullable() }),
  ),
  'sales.void': command(z.strictObject({ id: z.string(), reason: z.string().trim().min(1).max(200) }), nothing),
  'products.list': command(
    z.strictObject({ search: z.string().max(80).default(''), ...page }),
    z.strictObject({ items: z.array(s.product), total: z.int(), next: z.string().nullable() }),
  ),
  'products.create': command(
    z.strictObject({
      sku: z.string().trim().min(1).max(40),
      name: z.string().trim().min(1).max(120),
      category: z.string().trim().min(1).max(60),
      unit: z.string().trim().min(1).max(20),
      price: s.centavos.min(0),
      cost: s.centavos.min(0),
    }),
    z.strictObject({ id: z.string() }),
  ),
  'products.update': command(
    z.strictObject({
      id: z.string(),
      changes: s.product.omit({ id: true }).partial(),
    }),
    nothing,
  ),
  'customers.list': command(
    z.strictObject({ search: z.string().max(80).default(''), ...page }),
    z.strictObject({ items: z.array(s.customer), total: z.int(), next: z.string().nullable() }),
  ),
  'customers.create': command(
    z.strictObject({ name: z.string().trim().min(1).max(120), phone: z.string().max(40).nullable().default(null) }),
    z.strictObject({ id: z.string() }),
  ),
  'customers.update': command(
    z.strictObject({
      id: z.string(),
      changes: s.customer.omit({ id: true, first_visit_at: true, last_visit_at: true }).partial(),
    }),
    nothing,
  ),
  /** Records a charge (utang) or a payment of a customer. */
  'credit.record': command(
    z.strictObject({
      customerId: z.string(),
      kind: z.enum(['charge', 'payment']),
      amount: s.centavos.positive(),
      note: z.string().nullable().default(null),
    }),
    z.strictObject({ id: z.string() }),
  ),
  /** Changes the stock of a product by `qty` (signed): a delivery, an adjustment, spoilage. */
  'stock.move': command(
    z.strictObject({
      productId: z.string(),
      kind: z.enum(['delivery', 'adjustment', 'spoilage', 'count']),
      qty: s.thousandths,
      note: z.string().nullable().default(null),
    }),
    nothing,
  ),
  'stock.list': command(
    z.strictObject({ productIds: z.array(z.string()).max(200) }),
    z.strictObject({ items: z.array(z.strictObject({ productId: z.string(), qty: s.thousandths })) }),
  ),

  /** What assistants may use: the listener, each service with its switches, health and calls. It has moved when `changes` says `_services`. */
  'services.get': command(nothing, services.servicesReport),
  /** Opens or closes a service. The port opens with the first one that is on: `port-taken` when another program holds it. */
  'services.setTier': command(z.strictObject({ service: z.string(), tier: services.serviceTier }), nothing),
  /** Switches one tool, or whether it asks a person first. */
  'services.setTool': command(
    z.strictObject({ service: z.string(), tool: z.string(), on: z.boolean().optional(), asks: z.boolean().optional() }),
    nothing,
  ),
  /** Chooses the port on 127.0.0.1; null goes back to the configured one. Clients have to be told the new address. */
  'services.setPort': command(z.strictObject({ port: z.int().min(1024).max(65_535).nullable() }), nothing),
  /** Closes every service and the port at once. */
  'services.allOff': command(nothing, nothing),
  /** Calls of clients, newest first. It has moved when `changes` says `_calls`. */
  'services.calls': command(
    z.strictObject({
      service: z.string().optional(),
      tokenId: z.string().optional(),
      failed: z.boolean().optional(),
      ...page,
    }),
    z.strictObject({ items: z.array(services.serviceCall), total: z.int(), next: z.string().nullable() }),
  ),
  /** Tokens of clients, newest first. */
  'tokens.list': command(nothing, z.strictObject({ items: z.array(services.clientToken) })),
  /** Makes a token for one client. Its text is in this answer and nowhere else. */
  'tokens.create': command(
    z.strictObject({
      name: z.string().trim().min(1).max(80),
      scopes: z.array(services.serviceScope).min(1).max(20),
      days: z.int().min(1).max(730).default(180),
    }),
    services.newToken,
  ),
  /** Ends a token at once, and the connections that use it. */
  'tokens.revoke': command(z.strictObject({ id: z.string() }), nothing),
  /** Gives a client's token a new text; the old one is refused from now on. */
  'tokens.rotate': command(
    z.strictObject({ id: z.string(), days: z.int().min(1).max(730).default(180) }),
    services.newToken,
  ),

  /** The folder that services write exports to, and whether the operator chose it. It has moved when `changes` says `_services`. */
  'exports.get': command(nothing, z.strictObject({ path: z.string(), chosen: z.boolean() })),
  /** Chooses that folder by its full path; null goes back to the configured one. `file-unwritable` when nothing can be written there. */
  'exports.setFolder': command(z.strictObject({ path: z.string().min(1).max(1000).nullable() }), nothing),

  'diagnostics.get': command(nothing, s.diagnostics),
} as const;

export type Commands = typeof commands;
export type CommandName = keyof Commands;
/** What a caller passes: fields with a default may be left out. */
export type CommandInput<N extends CommandName> = z.input<Commands[N]['input']>;
/** What a handler receives: parsed, defaults filled in. */
export type CommandRequest<N extends CommandName> = z.output<Commands[N]['input']>;
export type CommandOutput<N extends CommandName> = z.output<Commands[N]['output']>;
export type CommandResult<N extends CommandName> = Result<CommandOutput<N>, AppError>;

/** The one way to call the app, whatever carries the call. */
export interface Caller {
  call<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandResult<N>>;
  /** Registers a listener for one stream of events; returns the function that ends it. */
  on<E extends EventName>(event: E, listener: (data: EventData<E>) => void): () => void;
}

/** Handlers of all commands: what the host answers with. */
export type Handlers = {
  [N in CommandName]: (input: CommandRequest<N>) => Promise<CommandResult<N>> | CommandResult<N>;
};

/** Event streams. They carry hints, never data: the receiver asks again. */
export const events = {
  /** Something in these tables changed; `local` when this PC made the change. Also `_queue`, `_runs`, `_import`. */
  changes: z.strictObject({ tables: z.array(z.string()), origin: z.enum(['local', 'cloud']) }),
  /** The answer of status.get may be another now. */
  status: z.strictObject({ state: s.syncState }),
  /** The answer of import.get is another now. */
  import: z.strictObject({ id: z.string() }),
} as const;
export type Events = typeof events;
export type EventName = keyof Events;
export type EventData<E extends EventName> = z.output<Events[E]>;

export const eventNames = Object.keys(events) as EventName[];
