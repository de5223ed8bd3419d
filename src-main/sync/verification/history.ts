/** What came of verifications: a row each in `_verifications`, and a notice when something had to be mended. */
import type { Store } from '#main/store/types.ts';
import { addNotice } from '../notices.ts';
import type { VerificationReport } from '../types.ts';

export type Cause = 'operator' | 'schedule' | 'update';

/** The newest ones are kept: three weeks of hourly ones. */
const kept = 500;

export function recordVerification(store: Store, cause: Cause, ms: number, report: VerificationReport): void {
  const { repaired } = report;
  const total = repaired.missing + repaired.extra + repaired.different + repaired.version;
  store.apply({ tables: ['_sync'], origin: 'cloud' }, (db) => {
    db.run(
      `INSERT INTO _verifications (at, cause, depth, ms, outcome, rows, missing, extra, different, version, reason)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      store.now(),
      cause,
      report.depth,
      ms,
      report.reason === null ? (report.equal ? 'equal' : 'repaired') : 'not-now',
      report.tables.reduce((sum, { rows }) => sum + rows, 0),
      repaired.missing,
      repaired.extra,
      repaired.different,
      repaired.version,
      report.reason,
    );
    db.run('DELETE FROM _verifications WHERE id <= (SELECT max(id) FROM _verifications) - ?', kept);
    if (total > 0) {
      const names = report.tables.filter((table) => table.repaired > 0).map(({ table }) => table);
      addNotice(
        db,
        `A check found ${total} ${total === 1 ? 'record' : 'records'} on this PC that differed from the cloud (${names.join(', ')}), and put them right. If this happens again, tell support.`,
        store.now(),
      );
    }
  });
}
