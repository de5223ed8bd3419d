import type { IncomingMessage } from 'node:http';

import { type Answer, json } from '../gateway/answer.ts';

/** An error as Auth words it: newer clients name an API version and get the short form. */
export function authError(request: IncomingMessage, status: number, code: string, message: string): Answer {
  const version = request.headers['x-supabase-api-version'];
  if (typeof version === 'string' && version >= '2024-01-01') {
    return json(status, { code, message }, { 'x-supabase-api-version': '2024-01-01' });
  }
  return json(status, { code: status, error_code: code, msg: message });
}
