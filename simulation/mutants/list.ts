/** Deliberate faults. Each replaces one piece of text by another; every one of them has to be noticed. */

export type Mutant = {
  readonly name: string;
  /** The file, from the project's folder. */
  readonly file: string;
  /** Must stand there exactly once: a mutant that no longer fits is an error, so that the list stays alive. */
  readonly find: string;
  readonly replace: string;
  /** A seed that is known to notice it, tried first; or the test of the suite that does. */
  readonly seed: number | { readonly test: string; readonly named: string };
};

const push = 'migrations/cloud/functions/30_push.sql';
const merge = 'migrations/cloud/functions/20_merge.sql';
const pull = 'migrations/cloud/functions/40_pull.sql';
const feed = 'migrations/cloud/functions/10_register.sql';

export const mutants: readonly Mutant[] = [
  {
    name: 'batches are taken in any order',
    file: push,
    find: `if batch > d.last_batch + 1 then raise sqlstate 'PT409' using message = 'GAP', detail = v_state; end if;`,
    replace: '',
    seed: 1,
  },
  {
    name: 'no receipt: a batch sent twice applies twice',
    file: push,
    find: `  if v_receipt.hash = sync_push.hash then return v_receipt.reply || '{"replayed": true}'; end if;
  -- its second try has come by another way
  if v_receipt.split_hash = sync_push.hash then return '{"status": "split", "replayed": true}'; end if;
  if batch <= d.last_batch then raise sqlstate 'PT409' using message = 'FORKED', detail = v_state; end if;`,
    replace: '  delete from sync.accepted a where a.device_id = d.id and a.batch = sync_push.batch;',
    seed: 1,
  },
  {
    name: 'the hash of a batch is not compared',
    file: push,
    find: 'if v_receipt.hash = sync_push.hash then',
    replace: 'if v_receipt.hash is not null then',
    seed: 1,
  },
  {
    name: 'a split answer is not remembered',
    file: push,
    find: `  insert into sync.receipts as r (device_id`,
    replace: `  if v_reply ->> 'status' = 'split' then return v_reply; end if;
  insert into sync.receipts as r (device_id`,
    seed: { test: 'src-main/sync/push-rules.test.ts', named: 'is not taken as a whole by a late copy' },
  },
  {
    name: 'no savepoint: one refused transaction stops the batch',
    file: push,
    find: `    exception when data_exception or integrity_constraint_violation or undefined_table or undefined_column or insufficient_privilege or program_limit_exceeded or sqlstate 'PF410' or sqlstate 'PF411' then
      get stacked`,
    replace: `    exception when sqlstate 'PF000' then
      get stacked`,
    seed: 1,
  },
  {
    name: 'the cloud does not hold what touches refused rows',
    file: push,
    find: 'if v_rows && blocked then',
    replace: 'if false then',
    seed: 1,
  },
  {
    name: 'a removed PC is still served',
    file: push,
    find: 'if d.revoked_at is not null then',
    replace: 'if false then',
    seed: 1,
  },
  {
    name: 'no sealing: the position is given at the first write, not at commit',
    file: pull,
    find: `-- The mark of the transaction at a position, as far as the feed still has it.`,
    replace: `drop trigger seal on sync.txns; create trigger seal after insert on sync.txns for each row execute function sync.seal();
-- The mark of the transaction at a position, as far as the feed still has it.`,
    seed: 1,
  },
  {
    name: 'the position comes from a sequence at the first write, without a lock',
    file: pull,
    find: `-- The mark of the transaction at a position, as far as the feed still has it.`,
    replace: `drop trigger seal on sync.txns; create trigger seal after insert on sync.txns for each row execute function sync.seal();
create sequence if not exists sync.loose; grant usage on sequence sync.loose to public;
create or replace function sync.seal() returns trigger language plpgsql security definer set search_path = '' as $$
declare v_pos bigint := nextval('sync.loose'); begin
  update sync.txns t set pos = v_pos, stamp = v_pos, n = (select count(*) from sync.changes c where c.scope_id = new.scope_id and c.txn_id = new.txn_id)
    where t.scope_id = new.scope_id and t.txn_id = new.txn_id;
  return null; end $$;
-- The mark of the transaction at a position, as far as the feed still has it.`,
    seed: 1,
  },
  {
    name: 'a page may end inside a transaction',
    file: feed,
    find: 'declare v_txn bigint := sync.current_txn();',
    replace: `declare v_txn bigint := nextval('sync.txn_ids');`,
    seed: 1,
  },
  {
    name: 'the cloud sets figures that should be added',
    file: merge,
    find: `value := to_jsonb(coalesce((p_is #>> '{}')::bigint, 0) + coalesce(`,
    replace: `value := to_jsonb(coalesce((p_was #>> '{}')::bigint, 0) + coalesce(`,
    seed: 1,
  },
  {
    name: 'what was merged is not news for the sender',
    file: push,
    find: `perform set_config('sync.echo', 'on', true);`,
    replace: '',
    seed: 1,
  },
  {
    name: 'any version may be overwritten',
    file: merge,
    find: 'select p_state.ver = p_base or (',
    replace: 'select true or (',
    seed: 1,
  },
  {
    name: 'who changed a row last is believed to know all of it',
    file: merge,
    find: `and p_base >= p_state.own_since - 1)`,
    replace: ')',
    seed: 1,
  },
  {
    name: 'the merge does not ask what the value was before',
    file: merge,
    find: `  elsif p_is = p_was then
    verdict := 'take';
    value := p_new;
  elsif p_policy in ('max', 'min', 'union') then`,
    replace: `  elsif p_policy in ('max', 'min', 'union') then`,
    seed: 1,
  },
  {
    name: 'a step that somebody else took is taken again',
    file: merge,
    find: `    else verdict := 'refuse';`,
    replace: `    else verdict := 'same';`,
    seed: 1,
  },
  {
    name: 'a manual conflict is not recorded',
    file: merge,
    find: `  elsif p_policy = 'manual' then verdict := 'open';`,
    replace: `  elsif p_policy = 'manual' then verdict := 'same';`,
    seed: 1,
  },
  {
    name: 'scopes are not looked at',
    file: 'migrations/cloud/functions/25_scopes.sql',
    find: `declare v_fixed text[] := array['chain', 'store:' || d.store_id];`,
    replace: `declare v_fixed text[] := array(select key from sync.scopes where key not like 'region:%');`,
    seed: 1,
  },
  {
    name: 'the verification leaves out values',
    file: 'src-main/sync/verification/content.ts',
    find: "return `t.id || ':' || coalesce(s.version, 0) || iif(s.deleted, '!', '')${values.join('')}`;",
    replace: "return `t.id || ':' || coalesce(s.version, 0) || iif(s.deleted, '!', '')${values.slice(1).join('')}`;",
    seed: 1,
  },
  {
    name: 'capture stays on while cloud rows are applied',
    file: 'src-main/store/open-store.ts',
    find: 'UPDATE _capture SET enabled = 0 WHERE id = 1',
    replace: 'UPDATE _capture SET enabled = 1 WHERE id = 1',
    seed: 1,
  },
  {
    name: 'cursors are saved before the rows',
    file: 'src-main/sync/apply-page.ts',
    find: '  let received = 0;',
    replace: `  for (const feed of feeds) store.apply(null, (db) => moveCursor(db, feed.scope, feed.to, feed.stamp));
  let received = 0;`,
    seed: 1,
  },
  {
    name: 'older versions are applied over newer ones',
    file: 'src-main/sync/row-versions.ts',
    find: 'if (row.version <= (newest.get(row.id) ?? 0)) continue;',
    replace: '',
    seed: 1,
  },
  {
    name: 'unsent changes are not put on top of what comes',
    file: 'src-main/sync/cloud-rows.ts',
    find: 'writeVisible(db, table, rowId, rebase(table, image, open));',
    replace: 'writeVisible(db, table, rowId, image);',
    seed: 1,
  },
  {
    name: 'a deleted row stays on the PC',
    file: 'src-main/sync/cloud-rows.ts',
    find: '  if (open.length === 0) db.run(`DELETE FROM "${table}" WHERE id = ?`, rowId);',
    replace: '  if (open.length === 0) return;',
    seed: 1,
  },
  {
    name: 'a confirmed change does not lift the base of later ones',
    file: 'src-main/sync/acknowledge.ts',
    find: `  const shadow = readShadow(db, table, rowId);
  if (!shadow || section.o`,
    replace: `  const shadow = undefined as ReturnType<typeof readShadow>;
  if (!shadow || section.o`,
    seed: 1,
  },
  {
    name: 'confirmed versions are not noted',
    file: 'src-main/sync/acknowledge.ts',
    find: '    noteVersions(db, table, there, false);',
    replace: '',
    seed: 1,
  },
  {
    name: 'a split batch gets a new number',
    file: 'src-main/sync/outbox.ts',
    find: `  return writeOutbox(db, outbox.batch, outbox, JSON.parse(payload) as PushBody, now, payload);`,
    replace: `  return writeOutbox(db, highestWritten(db) + 1, outbox, JSON.parse(payload) as PushBody, now, payload);`,
    seed: 1,
  },
  {
    name: 'the PC does not hold what touches refused rows',
    file: 'src-main/sync/outbox.ts',
    find: 'if (!touchesStuckRow(db, list)) return list;',
    replace: 'return list;',
    seed: 1,
  },
  {
    name: 'two batches on their way touch the same row',
    file: 'src-main/sync/outbox.ts',
    find: 'const first = operations.find(({ table, rowId }) => busy.has(table + rowId));',
    replace: 'const first = operations.find(({ table, rowId }) => busy.has(table + rowId) && false);',
    seed: 1,
  },
  {
    name: 'it pulls while a batch has no answer',
    file: 'src-main/sync/cycle.ts',
    find: 'if (!pushed.ok || deps.stopping()) return pushed;',
    replace: 'if (deps.stopping()) return pushed;',
    seed: 1,
  },
  {
    name: 'two changes of a figure are folded into the last one',
    file: 'src-main/sync/sections.ts',
    find: "if (first.op === 'U') before[name] = Number(value) - added;",
    replace: '',
    seed: 1,
  },
  {
    name: 'children are sent before their parents',
    file: 'src-main/sync/sections.ts',
    find: `  if (op === 'I') return order;`,
    replace: `  if (op === 'I') return -order;`,
    seed: 1,
  },
  {
    name: 'a snapshot leaves what is gone in the cloud',
    file: 'src-main/sync/apply-snapshot.ts',
    find: `if (table) removeMissing(`,
    replace: `if (table && page.rows.length < 0) removeMissing(`,
    seed: 1,
  },
];
