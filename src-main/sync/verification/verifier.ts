/** Runs verifications between the rounds of the daemon: those that a person asked for, and those that are due. */
import type { AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import type { TableName } from '#shared/register.ts';
import type { Store } from '#main/store/types.ts';
import { appErrorOf } from '../failures.ts';
import type { TransportFailure } from '../transport/types.ts';
import type { VerificationReport } from '../types.ts';
import { recordVerification } from './history.ts';
import type { Cause, Order } from './order.ts';
import { dueVerification, isUnplanned, noteVerified, planVerifications, type Due } from './plan.ts';
import type { Verify } from './verify.ts';

export type VerifierDeps = {
  readonly store: Store;
  readonly verify: Verify;
  readonly random: () => number;
  /** Milliseconds that never go back. */
  readonly clock: () => number;
};

type Answer = Result<VerificationReport, AppError>;

export type Verifier = {
  /** Answers after the next round. */
  ask(depth: Order['depth']): Promise<Answer>;
  /**
   * To be called after a round, before the next one may begin. Where every byte costs only what was asked for is done; it ends early when there is
   * something to send, and goes on after the next round.
   */
  afterRound(metered: boolean): Promise<void>;
  /** Answers everybody who asked that nothing comes of it. */
  giveUp(error: AppError): void;
};

/** A verification that has begun. What a sale interrupts goes on after the next round. */
type Work = {
  readonly cause: Cause;
  readonly order: Order;
  readonly finish: (result: Result<VerificationReport, TransportFailure>) => void;
  left: readonly TableName[];
  report: VerificationReport | null;
  ms: number;
};

export function createVerifier({ store, verify, random, clock }: VerifierDeps): Verifier {
  let asked: { depth: Order['depth']; answer: (value: Answer) => void }[] = [];
  let work: Work | null = null;

  const answerAll = (depth: Order['depth'] | null, value: Answer): void => {
    const served = asked.filter((each) => depth === null || each.depth === depth);
    asked = asked.filter((each) => !served.includes(each));
    for (const { answer } of served) answer(value);
  };

  const begin = (cause: Cause, order: Order, finish: Work['finish']): Work => ({
    cause,
    order,
    finish,
    left: order.tables,
    report: null,
    ms: 0,
  });

  const beginDue = (due: Due): Work =>
    begin(due.cause, due.order, (result) => {
      const done = result.ok && result.value.reason === null;
      store.apply(null, (db) => noteVerified(db, due, done, store.now(), random));
    });

  const beginAsked = (depth: Order['depth']): Work =>
    begin('operator', { depth, buckets: null, tables: store.read.schema.tables }, (result) =>
      answerAll(depth, result.ok ? result : fail(appErrorOf(result.error))),
    );

  const next = (metered: boolean): Work | null => {
    const update = dueVerification(store.read, store.now());
    // what a new version brought is no fault that anybody should read about
    if (update?.cause === 'update') return beginDue(update);
    if (asked[0]) return beginAsked(asked[0].depth);
    if (metered) return null;
    if (isUnplanned(store.read, store.now())) store.apply(null, (db) => planVerifications(db, store.now(), random));
    const due = dueVerification(store.read, store.now());
    return due && beginDue(due);
  };

  /** Goes on with a work; false when it was interrupted. */
  const goOn = async (at: Work): Promise<boolean> => {
    const started = clock();
    const result = await verify({ ...at.order, tables: at.left });
    at.ms += clock() - started;
    if (!result.ok) {
      at.finish(result);
      return true;
    }
    const report = at.report ? joined(at.report, result.value.report) : result.value.report;
    at.report = report;
    at.left = result.value.left;
    if (at.left.length > 0) return false;
    // a plan that has to wait is no event
    if (report.reason === null || at.cause === 'operator') recordVerification(store, at.cause, at.ms, report);
    at.finish(ok(report));
    return true;
  };

  return {
    ask: (depth) => new Promise((answer) => asked.push({ depth, answer })),
    async afterRound(metered) {
      for (work ??= next(metered); work; work = next(metered)) if (!(await goOn(work))) return;
    },
    giveUp(error) {
      work = null;
      answerAll(null, fail(error));
    },
  };
}

function joined(first: VerificationReport, second: VerificationReport): VerificationReport {
  const { missing, extra, different, version } = first.repaired;
  return {
    ...second,
    equal: first.equal && second.equal,
    tables: [...first.tables, ...second.tables],
    repaired: {
      missing: missing + second.repaired.missing,
      extra: extra + second.repaired.extra,
      different: different + second.repaired.different,
      version: version + second.repaired.version,
    },
  };
}
