/** What came of verifications: a row each in `_verifications`, and a notice when something had to be mended. */
import type { PastVerification, VerificationHistory } from '#shared/contract/verification.ts';
import type { ReadableDb, Store } from '#main/store/types.ts';
import type { Cause } from './order.ts';
import { addNotice } from '../notices.ts';
import type { VerificationReport } from '../types.ts';

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
    if (total > 0 && cause !== 'update') {
      const names = report.tables.filter((table) => table.repaired > 0).map(({ table }) => table);
      addNotice(
        db,
        `A check found ${total} ${total === 1 ? 'record' : 'records'} on this PC that differed from the cloud (${names.join(', ')}), and put them right. If this happens again, tell support.`,
        store.now(),
      );
    }
  });
}

type Row = Omit<PastVerification, 'whole' | 'repaired'> & PastVerification['repaired'] & { whole: number };

/** Neither one of the plan's parts nor an update's tables alone. */
const verifications = `
  SELECT *, cause = 'operator' OR (cause = 'schedule' AND depth = 'versions') AS whole FROM _verifications ORDER BY id DESC`;

/** The newest comparisons, and the newest that says how this PC stands. */
export function readVerifications(db: ReadableDb, limit: number): VerificationHistory {
  const items = db.all<Row>(`${verifications} LIMIT ?`, limit);
  const latest = db.get<Row>(
    `SELECT * FROM (${verifications}) WHERE outcome = 'repaired' OR (outcome = 'equal' AND whole) LIMIT 1`,
  );
  return { latest: latest ? pastOf(latest) : null, items: items.map(pastOf) };
}

function pastOf({ missing, extra, different, version, ...row }: Row): PastVerification {
  const { id, at, cause, depth, outcome, rows, reason } = row;
  const repaired = { missing, extra, different, version };
  return { id, at, cause, depth, whole: row.whole === 1, outcome, rows, repaired, reason };
}
