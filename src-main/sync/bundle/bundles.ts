/** Change bundles as the contract knows them. */
import type { BundleImport } from '#shared/contract/bundles.ts';
import type { Handlers } from '#shared/contract/commands.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { ok, type Result } from '#shared/result.ts';
import { readIdentity } from '#main/store/identity.ts';
import type { Store } from '#main/store/types.ts';
import type { Transport } from '../transport/types.ts';
import type { Daemon } from '../types.ts';
import { carryBundle } from './carry-bundle.ts';
import { exportBundle } from './export-bundle.ts';
import { readFileOfBundle } from './files.ts';
import { listBundles, wasTaken } from './history.ts';
import { takeAnswer } from './take-answer.ts';

export type BundleDeps = {
  readonly store: Store;
  /** Null where no cloud is configured: bundles can be exported and answers taken in, nothing can be carried. */
  readonly transport: Transport | null;
  readonly daemon: Pick<Daemon, 'alone'>;
  readonly batchSize: number;
  readonly yieldNow: () => Promise<void>;
  /** The version of the app. */
  readonly app: string;
  /** In one bundle; fewer than the cloud remembers, unless told otherwise. */
  readonly mostBatches?: number;
};

type BundleHandlers = Pick<Handlers, 'bundle.export' | 'bundle.inspect' | 'bundle.import' | 'bundle.list'>;

export function createBundleHandlers(deps: BundleDeps): BundleHandlers {
  const { store, daemon } = deps;
  return {
    'bundle.export': ({ path }) => daemon.alone(() => exportBundle(deps, path)),
    'bundle.inspect': async ({ path }) => {
      const file = await readFileOfBundle(path);
      if (!file.ok) return file;
      const { kind, header, bytes } = file.value;
      const { deviceName, storeName, batches, operations } = header;
      const told = { kind, deviceName, storeName, batches, operations, bytes: bytes.length };
      const own = header.deviceId === readIdentity(store.read)?.deviceId;
      return file.value.kind === 'bundle'
        ? ok({
            ...told,
            own,
            createdAt: file.value.header.createdAt,
            importedBefore: wasTaken(store.read, 'import', file.value.header.id),
          })
        : ok({
            ...told,
            own,
            createdAt: null,
            importedBefore: wasTaken(store.read, 'answer', file.value.header.bundle),
          });
    },
    'bundle.import': async ({ path }): Promise<Result<BundleImport, AppError>> => {
      const file = await readFileOfBundle(path);
      if (!file.ok) return file;
      const { value } = file;
      return value.kind === 'bundle'
        ? carryBundle(deps, value, path)
        : daemon.alone(() => takeAnswer(deps, value, path));
    },
    'bundle.list': ({ limit }) => ok({ items: listBundles(store.read, limit) }),
  };
}
