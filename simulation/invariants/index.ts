/** Everything that must hold. The order is the order of the report. */
import { bounded, receiptsBounded } from './bounded.ts';
import { causalOrder } from './causal-order.ts';
import { conflictLedger } from './conflict-ledger.ts';
import { convergence } from './convergence.ts';
import { exactlyOnce } from './exactly-once.ts';
import { fairRefusals } from './fair-refusals.ts';
import { feedComplete } from './feed-complete.ts';
import { honestVerification } from './honest-verification.ts';
import { honestVersions } from './honest-versions.ts';
import { isolation } from './isolation.ts';
import { monotonic } from './monotonic.ts';
import { noFaultsOfItsOwn, writersDoNotWait } from './no-faults-of-its-own.ts';
import { noLostCommit } from './no-lost-commit.ts';
import { readYourWrites } from './read-your-writes.ts';
import { referencesHold } from './references-hold.ts';
import type { Invariant } from './types.ts';
import { wholeSales } from './whole-sales.ts';

export const invariants: readonly Invariant[] = [
  noLostCommit,
  exactlyOnce,
  wholeSales,
  causalOrder,
  readYourWrites,
  monotonic,
  feedComplete,
  honestVersions,
  conflictLedger,
  fairRefusals,
  noFaultsOfItsOwn,
  writersDoNotWait,
  isolation,
  bounded,
  convergence,
  referencesHold,
  receiptsBounded,
  // last: it damages a replica
  honestVerification,
];
