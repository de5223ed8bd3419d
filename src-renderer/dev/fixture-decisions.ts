/** What a person decides: the queue and the conflicts of the bridge without a host. */
import type { CommandInput, CommandName, CommandOutput, CommandResult } from '#shared/contract/commands.ts';
import { appError } from '#shared/contract/errors.ts';
import type { ConflictEvent, ConflictItem } from '#shared/contract/schemas.ts';
import { fail, ok } from '#shared/result.ts';
import { makeConflicts } from './fixture-conflicts.ts';
import { makeQueue } from './fixture-data.ts';

export type Answers = { [N in CommandName]?: (input: CommandInput<N>) => CommandResult<N> | Promise<CommandResult<N>> };
export type Announce = (tables: string[]) => void;

/** A part of a list, as the host pages it. */
export function page<T>(all: readonly T[], input: { limit?: number | undefined; cursor?: string | undefined }) {
  const from = Number(input.cursor ?? 0);
  const to = from + (input.limit ?? 50);
  return ok({ items: all.slice(from, to), total: all.length, next: to < all.length ? String(to) : null });
}

/** Answers the commands about the queue and the conflicts. */
export function decisions(params: URLSearchParams, announce: Announce): Answers {
  const empty = params.has('empty') || params.get('state') === 'synced';
  let queue = empty ? [] : makeQueue(Date.now());
  const conflicts: ConflictItem[] = empty ? [] : makeConflicts(Date.now());
  const edited = new Set<number>();
  const setState = (txn: number, state: 'saved' | 'discarded' | 'refused'): CommandResult<'queue.retry'> => {
    queue = queue.map((item) => (item.txn === txn ? { ...item, state, reason: null, actions: [] } : item));
    announce(['_queue']);
    return ok({});
  };
  const note = (item: ConflictItem, what: ConflictEvent['what'], values: ConflictEvent['values']): void => {
    item.history = [
      ...item.history,
      { what, by: 'Owner', deviceName: 'Counter 1', at: Date.now(), values, record: null },
    ];
    announce(['conflicts', 'products', '_queue']);
  };
  const settle = (id: string, values: Record<string, unknown>, record: 'deleted' | 'kept' | null): boolean => {
    const item = conflicts.find((one) => one.id === id);
    if (item === undefined) return false;
    const resolution = { values, record, by: 'Owner', deviceName: 'Counter 1', at: Date.now() };
    Object.assign(item, { status: 'resolved', resolution });
    note(item, 'resolved', values);
    return true;
  };
  const reopen = (id: string): void => {
    const item = conflicts.find((one) => one.id === id);
    if (item === undefined) return;
    Object.assign(item, { status: 'open', resolution: null });
    note(item, 'undone', null);
  };
  const stuck = new Set<string>(['held', 'refused']);
  return {
    'queue.list': (input) =>
      page(
        queue.filter((item) => {
          if (input.filter === 'stuck') return stuck.has(item.state);
          if (input.filter === 'discarded') return item.state === 'discarded';
          if (input.filter === 'waiting') return !stuck.has(item.state) && item.state !== 'discarded';
          return item.state !== 'discarded';
        }),
        input,
      ),
    'queue.get': ({ txn }) => {
      const item = queue.find((one) => one.txn === txn);
      if (item === undefined) return fail(appError('not-found'));
      const { table, op, title } = item;
      const fields =
        item.changes.length > 0
          ? item.changes
          : [
              { column: 'qty', before: null, after: 24_000 },
              { column: 'note', before: null, after: 'Truck of the morning' },
            ];
      const link = (other: number) =>
        queue.flatMap((one) => (one.txn === other ? [{ txn: one.txn, title: one.title }] : []));
      return ok({
        item,
        operations: [
          { seq: txn, table, rowId: 'r', op, title, fields },
          ...(item.operations > 1
            ? [
                {
                  seq: txn + 1,
                  table: 'stock_levels',
                  rowId: 's',
                  op: 'U' as const,
                  title: 'Stock of Gatas Bundok 370 ml',
                  fields: [{ column: 'qty', before: 2000, after: 26_000 }],
                },
              ]
            : []),
        ],
        waitsFor: item.state === 'held' ? link(498) : [],
        holds: item.state === 'refused' ? link(499) : [],
        edited: edited.has(txn),
      } satisfies CommandOutput<'queue.get'>);
    },
    'queue.edit': ({ txn }) => {
      edited.add(txn);
      return setState(txn, 'saved');
    },
    'queue.undoEdit': ({ txn }) => {
      edited.delete(txn);
      return setState(txn, 'refused');
    },
    'queue.retry': ({ txn }) => setState(txn, 'saved'),
    'queue.discard': ({ txn }) => setState(txn, 'discarded'),
    'queue.restore': ({ txn }) => setState(txn, 'saved'),
    'conflicts.list': (input) =>
      page(
        conflicts.filter((one) => one.status === (input.status ?? 'open')),
        input,
      ),
    'conflicts.resolve': ({ id, values, record }) => {
      const outcome = record === undefined ? null : record === 'delete' ? 'deleted' : 'kept';
      return settle(id, values, outcome) ? ok({}) : fail(appError('not-found'));
    },
    'conflicts.undo': ({ id }) => {
      reopen(id);
      return ok({});
    },
    'conflicts.similar': ({ id }) => {
      const like = conflicts.find((one) => one.id === id);
      const sides = (one: ConflictItem | undefined) =>
        [
          one?.kind,
          one?.table,
          one?.incoming.deviceId,
          one?.kept.deviceId,
          one?.fields.map(({ column }) => column),
        ].join();
      const alike = conflicts.filter((one) => one.status === 'open' && one.id !== id && sides(one) === sides(like));
      return ok({ ids: alike.map((one) => one.id) });
    },
    'conflicts.resolveMany': ({ ids, take }) => {
      const results = ids.map((one, index) => {
        const conflict = conflicts.find((item) => item.id === one);
        const values = Object.fromEntries((conflict?.fields ?? []).map((field) => [field.column, field[take]]));
        const moved = index === 3;
        if (!moved) settle(one, values, null);
        return { id: one, error: moved ? appError('moved-on') : null };
      });
      return ok({ results });
    },
    'conflicts.undoMany': ({ ids }) => {
      ids.forEach(reopen);
      return ok({ results: ids.map((one) => ({ id: one, error: null })) });
    },
  };
}
