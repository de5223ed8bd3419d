import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { syncState } from '#shared/contract/schemas.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { askReader, ownStore } from '../ask.ts';
import { type Context, kit } from '../deps.ts';
import { shownSpan, spanArguments, spanFields, spanOf } from '../fields.ts';
import { exportTables } from '../export/tables.ts';
import { exportFormats, type ExportInput } from '../export/write-file.ts';
import { dayName, dayNumber, manilaTime } from '../periods.ts';

/** Names that a file may have in the export folder are tried up to this number. */
const mostCopies = 100;

export const exportData = kit.defineTool({
  name: 'export_data',
  title: 'Export to a file',
  description:
    'Writes a table of this store to a CSV or XLSX file in the export folder of this PC, for the accountant or a spreadsheet. Answers where it is. Never replaces a file.',
  hints: { destructive: false, idempotent: false, openWorld: false },
  access: 'write',
  input: z.object({
    table: z.enum(exportTables).describe('What to export.'),
    format: z.enum(exportFormats).default('csv').describe('The kind of file.'),
    ...spanArguments,
  }),
  output: z.object({ path: z.string(), rows: z.int(), bytes: z.int(), ...spanFields }),
  run: async (args, context) => {
    const own = ownStore(context);
    if (!own.ok) return own;
    const span = spanOf(args, context.now());
    if (!span.ok) return span;
    const name = `${args.table}-${dayName(dayNumber(span.value.since))}-${dayName(dayNumber(span.value.until - 1))}`;
    const { table, format } = args;
    const written = await exportTo(context, name, { storeId: own.value.storeId, table, format, span: span.value });
    return written.ok ? ok({ ...written.value, ...shownSpan(span.value) }) : written;
  },
});

/** Writes into the export folder, under the first name that is free. */
async function exportTo(
  context: Context,
  name: string,
  input: Omit<ExportInput, 'path'>,
): Promise<Result<{ path: string; rows: number; bytes: number }, AppError>> {
  const { exportDir } = context.deps;
  try {
    await mkdir(exportDir, { recursive: true });
  } catch (error) {
    return fail(appError('file-unwritable', error instanceof Error ? error.message : String(error)));
  }
  for (let copy = 1; copy <= mostCopies; copy += 1) {
    const path = join(exportDir, `${name}${copy === 1 ? '' : ` (${copy})`}.${input.format}`);
    const made = await askReader(context, 'exportFile', { ...input, path });
    if (!made.ok) return made;
    if (made.value.kind === 'written') return ok({ path, rows: made.value.rows, bytes: made.value.bytes });
    if (made.value.kind === 'unwritable') return fail(appError('file-unwritable', made.value.why));
  }
  return fail(appError('file-unwritable', `${name}: there are ${mostCopies} of it already`));
}

export const syncStatusTool = kit.defineTool({
  name: 'sync_status',
  title: 'Is everything sent?',
  description:
    'Whether this PC is in step with the cloud: what waits, what needs a person, when it last worked. Look here when figures of other PCs seem to be missing.',
  hints: { destructive: false, idempotent: true, openWorld: false },
  access: 'read',
  input: z.object({}),
  output: z.object({
    state: syncState,
    store: z.string().nullable(),
    device: z.string().nullable(),
    waiting: z.int().describe('Changes that the cloud has not confirmed.'),
    oldest_waiting: z.string().nullable(),
    stuck: z.int().describe('Groups of changes that need a person.'),
    open_conflicts: z.int(),
    last_success: z.string().nullable(),
    trouble: z.string().nullable(),
    what_to_do: z.string().nullable(),
    warnings: z.array(z.string()),
  }),
  trim: ['warnings'],
  run: (_args, { deps }) => {
    const status = deps.status();
    const time = (at: number | null): string | null => (at === null ? null : manilaTime(at));
    return ok({
      state: status.state,
      store: status.store?.name ?? null,
      device: status.device?.name ?? null,
      waiting: status.waiting,
      oldest_waiting: time(status.oldestWaitingAt),
      stuck: status.stuck,
      open_conflicts: status.openConflicts,
      last_success: time(status.lastSuccessAt),
      trouble: status.failure?.message ?? null,
      what_to_do: status.failure?.action ?? null,
      warnings: [...status.warnings],
    });
  },
});
