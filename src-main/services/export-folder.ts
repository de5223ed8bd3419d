/** Where exports are written: the folder that the operator chose, else the configured one. */
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { Handlers } from '#shared/contract/commands.ts';
import { appError } from '#shared/contract/errors.ts';
import { fail, ok } from '#shared/result.ts';
import { deleteMeta, readMeta, writeMeta } from '#main/store/meta.ts';
import type { Store } from '#main/store/types.ts';

export type ExportFolder = {
  path(): string;
  readonly handlers: Pick<Handlers, 'exports.get' | 'exports.setFolder'>;
};

/** `configured` is a full path. The choice is kept in the store and announced as `_services`. */
export function createExportFolder(store: Store, configured: string): ExportFolder {
  const chosen = (): string | undefined => readMeta<string>(store.read, 'export_folder');
  return {
    path: () => chosen() ?? configured,
    handlers: {
      'exports.get': () => ok({ path: chosen() ?? configured, chosen: chosen() !== undefined }),
      'exports.setFolder': async ({ path }) => {
        if (path !== null) {
          if (!isAbsolute(path)) return fail(appError('bad-input', 'path: a full path is needed'));
          const why = await unwritable(path);
          if (why !== null) return fail(appError('file-unwritable', why));
        }
        store.apply({ tables: ['_services'], origin: 'local' }, (db) =>
          path === null ? deleteMeta(db, 'export_folder') : writeMeta(db, 'export_folder', path),
        );
        return ok({});
      },
    },
  };
}

/** Why nothing can be written there; null when it can. */
async function unwritable(folder: string): Promise<string | null> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return null;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
