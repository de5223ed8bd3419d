import type { IncomingMessage } from 'node:http';
import { fail, ok } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';

/** Longest body of a request, in bytes. No call of a tool comes near. */
const mostBytes = 4 * 1024 * 1024;

/** Reads the body of a request as JSON, and stops at the first byte too many. */
export async function readJsonBody(request: IncomingMessage): Promise<Result<unknown, 'too-large' | 'not-json'>> {
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) return fail('too-large');
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > mostBytes) return fail('too-large');
      chunks.push(chunk);
    }
    return ok(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  } catch {
    // cut off in the middle, or not JSON: either way there is no request to serve
    return fail('not-json');
  }
}
