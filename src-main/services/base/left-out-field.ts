import { z } from 'zod';

/** What the base adds to every output. */
export const leftOutField = {
  left_out: z.string().optional().describe('Set when something was left out, with what to do to see it.'),
};
