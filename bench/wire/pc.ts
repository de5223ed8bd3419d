import { createHash } from 'node:crypto';
import type { Cursors } from '#shared/sync/protocol.ts';
import { createKeyPair } from '#main/sync/transport/key-pair.ts';
import { createSupabaseTransport } from '#main/sync/transport/supabase.ts';
import type { Transport } from '#main/sync/transport/types.ts';
import type { CloudAccess } from '../bench-cloud.ts';
import type { WireSales } from './sale.ts';

/** One store PC at the level of the protocol. Calls answer in their own way: null when they went well, else why not. */
export type WirePc = {
  readonly deviceId: string;
  readonly storeId: string;
  readonly transport: Transport;
  push(sales: WireSales): Promise<string | null>;
  /** Receives until nothing is new; the rows are only counted. */
  pull(): Promise<{ failure: string | null; rows: number; calls: number }>;
  close(): Promise<void>;
};

/** Enrols a PC and lets it stand at the newest position, as after its bootstrap. @throws Error when the cloud refuses */
export async function openWirePc(cloud: CloudAccess, code: string, name: string): Promise<WirePc> {
  const transport = createSupabaseTransport({ url: cloud.url, anonKey: cloud.anonKey, compressThreshold: 1000 });
  const keys = createKeyPair();
  const enrolled = await transport.enrol(code, name, keys.publicKey);
  if (!enrolled.ok) throw new Error(`${enrolled.error.kind}: ${enrolled.error.detail}`);
  const { deviceId, storeId, epoch } = enrolled.value;
  transport.useCredential({ deviceId, privateKey: keys.privateKey }, () => undefined);
  const begun = await transport.snapshotBegin(['chain', `store:${storeId}`], {});
  if (!begun.ok) throw new Error(`${begun.error.kind}: ${begun.error.detail}`);
  const cursors: Record<string, Cursors[string]> = Object.fromEntries(
    begun.value.scopes.map(({ scope, head, stamp }) => [scope, [head, stamp]]),
  );
  const cloudEpoch = begun.value.epoch;
  let knownScopes = '';
  let knownShape = 0;
  let batch = 0;

  return {
    deviceId,
    storeId,
    transport,
    async push({ sections, keys: txnKeys }) {
      const payload = JSON.stringify({ sections, keys: txnKeys });
      const hash = createHash('sha256').update(payload).digest('hex');
      const answer = await transport.push({ batch: batch + 1, epoch, hash, payload, seen: cursors });
      if (!answer.ok) return answer.error.kind;
      if (answer.value.reply.status !== 'ok') return answer.value.reply.status;
      batch += 1;
      return null;
    },
    async pull() {
      let rows = 0;
      for (let calls = 1; ; calls += 1) {
        const answer = await transport.pull({ cursors, maxRows: 5000, knownShape, cloudEpoch, knownScopes });
        if (!answer.ok) return { failure: answer.error.kind, rows, calls };
        const { page } = answer.value;
        if (page.held) knownScopes = page.held.mark;
        knownShape = Math.max(knownShape, ...Object.keys(page.shapes).map(Number));
        for (const scope of page.scopes) {
          if ('reset' in scope) return { failure: `reset ${scope.reset}`, rows, calls };
          cursors[scope.scope] = [scope.to, scope.stamp];
          rows += scope.rows.length;
        }
        if (!page.more) return { failure: null, rows, calls };
      }
    },
    close: () => transport.close(),
  };
}
