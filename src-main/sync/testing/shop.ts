import { expect } from 'vitest';
import { createProvision } from '#cloud/local/provision.ts';
import type { TestCloud } from '#cloud/local/testing.ts';
import { testPc, type TestPc } from './pc.ts';

/** The PCs of a test's shop. */
export type TestShop = {
  readonly pcs: TestPc[];
  /** Opens a store with that many PCs, all settled. */
  readonly open: (count: number, options?: Parameters<typeof testPc>[2]) => Promise<TestPc[]>;
  /** Settles one PC after the other, several times, so that what one sends reaches all. */
  readonly allSettle: (rounds?: number) => Promise<void>;
  readonly expectEqual: () => Promise<void>;
  /** Ends all PCs and what the test did to the network. */
  readonly close: () => Promise<void>;
};

export function createTestShop(cloud: () => TestCloud): TestShop {
  const pcs: TestPc[] = [];
  return {
    pcs,
    async open(count, options = {}) {
      const provision = createProvision({ url: cloud().url, serviceRoleKey: cloud().serviceRoleKey });
      const storeId = await provision.createStore({
        code: crypto.randomUUID(),
        name: 'Aling Nena Store',
        region: 'NCR',
        province: 'MM',
        city: 'Manila',
        barangay: 'Tondo',
      });
      for (let i = 1; i <= count; i += 1) {
        const code = await provision.createEnrolmentCode(storeId);
        pcs.push(await testPc(cloud(), code, { name: `Counter ${i}`, ...options }));
      }
      await Promise.all(pcs.map((pc) => pc.settle()));
      return pcs;
    },
    async allSettle(rounds = 2) {
      for (let i = 0; i < rounds; i += 1) for (const pc of pcs) await pc.settle();
    },
    async expectEqual() {
      for (const pc of pcs) {
        expect(await pc.daemon.verify()).toMatchObject({ ok: true, value: { equal: true, reason: null } });
      }
    },
    async close() {
      cloud().faults.clear();
      await cloud().setOffline(false);
      await Promise.all(pcs.splice(0).map((pc) => pc.stop()));
    },
  };
}
