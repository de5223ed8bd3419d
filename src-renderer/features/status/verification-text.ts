import type { CommandOutput } from '#shared/contract/commands.ts';
import type { PastVerification } from '#shared/contract/verification.ts';
import { t } from '../../i18n/translate.ts';

type Found = PastVerification['repaired'];

/** How this PC stands beside the cloud, as far as is known. */
export type Verdict =
  | { readonly kind: 'equal'; readonly at: number }
  | { readonly kind: 'repaired'; readonly at: number; readonly records: number }
  | { readonly kind: 'later'; readonly reason: string };

/** How many records were put right. */
export function repairedIn({ missing, extra, different, version }: Found): number {
  return missing + extra + different + version;
}

/** What the newest comparison says; one that was asked for here and not possible is said first. Null when there was none. */
export function verdictOf(
  latest: PastVerification | null,
  asked: Pick<CommandOutput<'sync.verify'>, 'reason'> | undefined,
): Verdict | null {
  if (asked !== undefined && asked.reason !== null) return { kind: 'later', reason: asked.reason };
  if (latest === null) return null;
  const { at } = latest;
  return latest.outcome === 'equal'
    ? { kind: 'equal', at }
    : { kind: 'repaired', at, records: repairedIn(latest.repaired) };
}

/** A comparison in sentences: how much was compared, what was wrong, that it is right now; or why nothing was compared. */
export function verificationText(report: CommandOutput<'sync.verify'>): string[] {
  if (report.reason !== null) return [t('verify.not-now', { reason: report.reason })];
  const n = report.tables.reduce((sum, { rows }) => sum + rows, 0);
  const compared = t(`verify.rows.${report.depth}`, { n });
  if (report.equal) return [compared, t('verify.all-equal')];
  const total = repairedIn(report.repaired);
  if (total === 0) return [compared, t('verify.settled')];
  const kinds = (['missing', 'extra', 'different', 'version'] as const).filter((kind) => report.repaired[kind] > 0);
  return [
    compared,
    ...kinds.map((kind) => t(`verify.${kind}`, { n: report.repaired[kind] })),
    t('verify.put-right', { n: total }),
  ];
}

/** One comparison of the past in a few words. */
export function pastText({ outcome, rows, repaired }: PastVerification): string {
  if (outcome === 'not-now') return t('verify.past.not-now');
  return outcome === 'equal'
    ? t('verify.past.equal', { n: rows })
    : t('verify.past.repaired', { n: repairedIn(repaired) });
}
