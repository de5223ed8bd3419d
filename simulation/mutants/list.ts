/** Deliberate faults. Each replaces one piece of text by another; every one of them has to be noticed, and for the right reason. */
import { inTheCloud } from './in-the-cloud.ts';
import { onThePc } from './on-the-pc.ts';
import type { Mutant } from './types.ts';

export const mutants: readonly Mutant[] = [...inTheCloud, ...onThePc];
