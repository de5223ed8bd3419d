/** What an operator should know about the state of synchronisation beside a failure, in plain sentences. */
import { protocolVersion } from '#shared/sync/protocol.ts';
import { readMeta } from '#main/store/meta.ts';
import { countQueue } from '#main/store/queries.ts';
import type { ReadableDb } from '#main/store/types.ts';
import { keepsAnything } from './kept-aside.ts';

/** The sentences that hold now; none when all is well. Cheap: asked with every status. */
export function syncWarnings(db: ReadableDb): string[] {
  const warnings: string[] = [];
  if (keepsAnything(db)) {
    warnings.push(
      'Update needed: the cloud sends records that this version cannot show yet. They are kept here. Update Pulser Field to see them.',
    );
  }
  if ((readMeta<number>(db, 'cloud_protocol') ?? 0) > protocolVersion && !keepsAnything(db)) {
    warnings.push('The cloud was updated. Update Pulser Field soon; until then this version goes on working.');
  }
  const { owed } = countQueue(db);
  if (owed > 0) {
    warnings.push(
      `${owed} ${owed === 1 ? 'change waits' : 'changes wait'} until the cloud is updated, because this version knows more than the cloud. They are sent by themselves then.`,
    );
  }
  return warnings;
}
