import { z } from 'zod';
import { syncState } from '#shared/contract/schemas.ts';
import { appError } from '#shared/contract/errors.ts';
import { fail, ok } from '#shared/result.ts';
import { askReader, ownStore } from '../ask.ts';
import { kit } from '../deps.ts';
import { shownSpan, spanArguments, spanFields, spanOf } from '../fields.ts';
import { exportTables } from '../export/tables.ts';
import { exportFormats } from '../export/write-file.ts';
import { dayName, dayNumber, manilaTime } from '../periods.ts';

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
    const input = {
      storeId: own.value.storeId,
      table,
      format,
      span: span.value,
      folder: context.deps.exportFolder(),
      name,
    };
    const made = await askReader(context, 'exportFile', input);
    if (!made.ok) return made;
    if (made.value.kind === 'unwritable') return fail(appError('file-unwritable', made.value.why));
    const { path, rows, bytes } = made.value;
    return ok({ path, rows, bytes, ...shownSpan(span.value) });
  },
});

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
