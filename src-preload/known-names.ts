import type { CommandName, EventName } from '../src-shared/contract/commands.ts';

/** Every command the page may name. Written out because the schemas do not belong in this bundle; the type makes it complete. */
export const knownCommands: Readonly<Record<CommandName, true>> = {
  'status.get': true,
  'overview.get': true,
  'sync.now': true,
  'sync.pause': true,
  'sync.resume': true,
  'sync.verify': true,
  'device.enrol': true,
  'operator.signIn': true,
  'operator.signOut': true,
  'operator.get': true,
  'queue.list': true,
  'queue.get': true,
  'queue.retry': true,
  'queue.discard': true,
  'queue.restore': true,
  'conflicts.list': true,
  'conflicts.resolve': true,
  'conflicts.undo': true,
  'import.inspect': true,
  'import.start': true,
  'import.cancel': true,
  'import.get': true,
  'sales.record': true,
  'sales.list': true,
  'sales.void': true,
  'products.list': true,
  'products.create': true,
  'products.update': true,
  'customers.list': true,
  'customers.create': true,
  'customers.update': true,
  'credit.record': true,
  'stock.move': true,
  'stock.list': true,
  'diagnostics.get': true,
};

/** Every stream of events the page may hear. */
export const knownEvents: Readonly<Record<EventName, true>> = { changes: true, status: true, import: true };
