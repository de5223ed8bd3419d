import type { BundleExport, BundleImport, BundleInspection, BundleRun } from '#shared/contract/bundles.ts';
import { t } from '../../i18n/translate.ts';
import { formatBytes, formatTime } from '../../ui/format.ts';

/** The name of a file without its folders, whatever system wrote the path. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

/** A name for a new bundle that tells sticks and days apart: `counter-1-2026-11-23.pulserbundle`, the day in Manila. */
export function suggestedName(device: string, now: number): string {
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Manila' }).format(now);
  const plain = device
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return `${plain === '' ? 'changes' : plain}-${day}.pulserbundle`;
}

/** What was written, and what stays out of it. */
export function exportText({ operations, path, bytes, left }: BundleExport): string[] {
  const written = t('bundle.written', { n: operations, file: fileName(path), bytes: formatBytes(bytes) });
  return left === 0 ? [written] : [written, t('bundle.left', { n: left })];
}

/** What a file holds, before anything is done with it. */
export function inspectionText(found: BundleInspection, now: number): string[] {
  const { deviceName: device, storeName: store, operations: n } = found;
  const whose = found.own ? t('bundle.of-own') : t('bundle.of-other', { device, store });
  const bytes = formatBytes(found.bytes);
  const holds =
    found.kind === 'bundle' ? t('bundle.is-bundle', { n, whose, bytes }) : t('bundle.is-answer', { n, whose });
  return [
    `${holds}.`,
    ...(found.createdAt === null ? [] : [t('bundle.made', { at: formatTime(found.createdAt, now) })]),
    ...(found.kind === 'answer' && !found.own ? [t('bundle.answer-other')] : []),
    ...(found.importedBefore ? [t('bundle.again')] : []),
  ];
}

/** What came of carrying a bundle, or of taking an answer in. */
export function importText({ kind, deviceName, operations, known, refused, held, answerPath }: BundleImport): string[] {
  const device = deviceName;
  const done =
    kind === 'bundle' ? t('bundle.carried', { n: operations, device }) : t('bundle.taken', { n: operations });
  const stuck = refused + held;
  const back =
    answerPath === null ? t('bundle.no-answer') : t('bundle.answer-at', { file: fileName(answerPath), device });
  return [
    ...(operations === 0 ? [] : [done]),
    ...(operations + known + stuck === 0 ? [t('bundle.nothing-new')] : []),
    ...(known === 0 ? [] : [t('bundle.known', { n: known })]),
    ...(stuck === 0 ? [] : [t('bundle.refused', { n: stuck, device })]),
    ...(kind === 'bundle' ? [back] : []),
  ];
}

/** What a line of the history is about. */
export function runText({ kind, deviceName }: BundleRun): string {
  return kind === 'import' ? t('bundle.kind.import', { device: deviceName }) : t(`bundle.kind.${kind}`);
}

/** What came of a line of the history. */
export function outcomeText({ outcome, confirmed, operations: n }: BundleRun): string {
  if (outcome !== 'done') return t(`bundle.outcome.${outcome}`);
  if (confirmed === null) return t('bundle.outcome.done', { n });
  return confirmed ? t('bundle.outcome.confirmed', { n }) : t('bundle.outcome.waiting', { n });
}
