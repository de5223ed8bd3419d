import type { EventData, EventName } from '#shared/contract/commands.ts';
import type { StoreChange } from '#main/store/types.ts';
import type { SyncState } from '#shared/contract/schemas.ts';
import type { Timers } from './timers.ts';

export type EventListener = <E extends EventName>(event: E, data: EventData<E>) => void;

export type Announcer = {
  on(listener: EventListener): () => void;
  changed(change: { readonly tables: readonly string[]; readonly origin: StoreChange['origin'] }): void;
  statusMoved(): void;
  importMoved(id: string): void;
  close(): void;
};

export type AnnouncerDeps = {
  readonly timers: Timers;
  /** The state to announce, read when the announcement goes out. */
  readonly state: () => SyncState;
};

/** News of a burst travel together after this many milliseconds, so that an import does not announce every slice. */
const gatherMs = 40;

/** Gathers what changed and tells every listener once per burst. Events are hints: nothing is lost by gathering them. */
export function createAnnouncer(deps: AnnouncerDeps): Announcer {
  const listeners = new Set<EventListener>();
  const tables = { local: new Set<string>(), cloud: new Set<string>() };
  let status = false;
  let importId: string | null = null;
  let cancel: (() => void) | null = null;

  const tell: EventListener = (event, data) => listeners.forEach((listener) => listener(event, data));
  const flush = (): void => {
    cancel = null;
    for (const origin of ['local', 'cloud'] as const) {
      if (tables[origin].size === 0) continue;
      const names = [...tables[origin]];
      tables[origin].clear();
      tell('changes', { tables: names, origin });
    }
    if (status) {
      status = false;
      tell('status', { state: deps.state() });
    }
    if (importId !== null) {
      const id = importId;
      importId = null;
      tell('import', { id });
    }
  };
  const soon = (): void => {
    cancel ??= deps.timers.after(gatherMs, flush);
  };

  return {
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    changed(change) {
      for (const name of change.tables) tables[change.origin].add(name);
      status = true;
      soon();
    },
    statusMoved() {
      status = true;
      soon();
    },
    importMoved(id) {
      importId = id;
      tables.local.add('_import');
      soon();
    },
    close() {
      cancel?.();
      cancel = null;
      listeners.clear();
    },
  };
}
