/** An app and a cloud of different versions: the next version of both, and updates of a PC. */
import { rmSync } from 'node:fs';
import type { TestCloud } from '#cloud/local/testing.ts';
import type { SyncedTable } from '#shared/register.ts';
import { killedPc, type TestPc, type TestPcOptions } from './pc.ts';
import { createTestShop } from './shop.ts';
import { nextVersion, type AppVersion } from './versions.ts';

const text = { type: 'text', policy: 'manual', nullable: false } as const;
const promotions: SyncedTable = {
  scope: 'chain',
  direction: 'both',
  onDelete: 'delete',
  columns: { title: text, percent: { type: 'int', policy: 'server', nullable: false } },
  title: ['title'],
};

export const pending = (pc: TestPc) =>
  pc.store.read.all('SELECT table_name, op, new_values, state FROM _change_log WHERE state < 4 ORDER BY seq');

/** A shop whose app and cloud grow apart; `close` also removes the versions that were made. */
export function createEvolvingShop(cloud: () => TestCloud) {
  const shop = createTestShop(cloud);
  const { pcs } = shop;
  const versions: AppVersion[] = [];

  /** A version of the app with this more in it; see nextVersion(). */
  function versionWith(...more: Parameters<typeof nextVersion>): AppVersion {
    const version = nextVersion(...more);
    versions.push(version);
    return version;
  }

  /** The version after the present one: customers have a tier, and there are promotions. Its local default is not the cloud's. */
  function next(): AppVersion {
    return versionWith(
      `ALTER TABLE customers ADD COLUMN tier TEXT NOT NULL DEFAULT 'plain';
       CREATE TABLE promotions (id TEXT PRIMARY KEY, title TEXT NOT NULL, percent INTEGER NOT NULL) STRICT;`,
      { customers: { tier: text } },
      { promotions },
    );
  }

  /** What an operator of the cloud runs with a new version of the schema. */
  async function describeAgain(table: string): Promise<void> {
    await cloud().sql(
      'select sync.register_table(name, scope_rule, direction, policies) from sync.tables where name = $1',
      [table],
    );
  }
  async function addTier(): Promise<void> {
    await cloud().sql(`alter table customers add column tier text not null default 'none'`);
    await describeAgain('customers');
  }
  async function addPromotions(): Promise<void> {
    await cloud().sql('create table promotions (id uuid primary key, title text not null, percent integer not null)');
    await cloud().sql(`select sync.register_table('promotions', 'chain', 'both', '{"title": "manual"}')`);
  }

  /** The same PC after an update of the app. */
  async function updated(pc: TestPc, version: AppVersion, options: TestPcOptions = {}): Promise<TestPc> {
    await pc.daemon.stop();
    const after = killedPc(cloud(), pc, { ...options, version });
    pcs.splice(pcs.indexOf(pc), 1, after);
    await pc.stop();
    after.daemon.start();
    return after;
  }

  const close = async (): Promise<void> => {
    await shop.close();
    for (const { migrations } of versions.splice(0)) rmSync(migrations, { recursive: true });
  };
  return { ...shop, close, versionWith, next, describeAgain, addTier, addPromotions, updated };
}
