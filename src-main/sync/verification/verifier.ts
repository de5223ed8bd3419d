/** Runs verifications between the rounds of the daemon: those that a person asked for, and those that are due. */
import type { AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
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
  /** To be called after a round, before the next one may begin. Where every byte costs only what was asked for is done. */
  afterRound(metered: boolean): Promise<void>;
  /** Answers everybody who asked that nothing comes of it. */
  giveUp(error: AppError): void;
};

export function createVerifier({ store, verify, random, clock }: VerifierDeps): Verifier {
  let asked: { depth: Order['depth']; answer: (value: Answer) => void }[] = [];

  const answerAll = (depth: Order['depth'] | null, value: Answer): void => {
    const served = asked.filter((each) => depth === null || each.depth === depth);
    asked = asked.filter((each) => !served.includes(each));
    for (const { answer } of served) answer(value);
  };

  const run = async (cause: Cause, order: Order): Promise<Result<VerificationReport, TransportFailure>> => {
    const started = clock();
    const result = await verify(order);
    // a plan that has to wait is no event
    if (result.ok && (result.value.reason === null || cause === 'operator')) {
      recordVerification(store, cause, clock() - started, result.value);
    }
    return result;
  };

  const serveDue = async (due: Due): Promise<void> => {
    const result = await run(due.cause, due.order);
    const done = result.ok && result.value.reason === null;
    store.apply(null, (db) => noteVerified(db, due, done, store.now(), random));
  };

  const serve = async (metered: boolean): Promise<void> => {
    const update = dueVerification(store.read, store.now());
    // what a new version brought is no fault that anybody should read about
    if (update?.cause === 'update') await serveDue(update);
    for (let depth = asked[0]?.depth; depth; depth = asked[0]?.depth) {
      const result = await run('operator', { depth, buckets: null, tables: store.read.schema.tables });
      answerAll(depth, result.ok ? ok(result.value) : fail(appErrorOf(result.error)));
    }
    if (metered) return;
    if (isUnplanned(store.read, store.now())) store.apply(null, (db) => planVerifications(db, store.now(), random));
    const due = dueVerification(store.read, store.now());
    if (due) await serveDue(due);
  };

  return {
    ask: (depth) => new Promise((answer) => asked.push({ depth, answer })),
    afterRound: serve,
    giveUp: (error) => answerAll(null, fail(error)),
  };
}
