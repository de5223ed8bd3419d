import { t } from '../../i18n/translate.ts';

/**
 * What waits, in one sentence. An entry is what a person did, such as one sale; its changes are the records that travel, and
 * those are what every other number of the window counts.
 */
export function queueLead(entries: number, changes: number): string {
  if (entries === 0 || changes === 0) return t('queue.lead.none');
  return t('queue.lead', { n: entries, changes: t('queue.lead.changes', { n: changes }) });
}
