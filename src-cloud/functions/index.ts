import { bundle } from './bundle.ts';
import { enrol } from './enrol.ts';
import { token } from './token.ts';
import type { FunctionHandler } from './types.ts';

/** Every Edge Function of the project by the name it is called with. */
export const functions: Readonly<Record<string, FunctionHandler>> = { enrol, token, bundle };
