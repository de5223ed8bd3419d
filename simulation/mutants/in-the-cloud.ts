import type { Mutant } from './types.ts';

const push = 'migrations/cloud/functions/30_push.sql';
const merge = 'migrations/cloud/functions/20_merge.sql';
const pull = 'migrations/cloud/functions/40_pull.sql';
const feed = 'migrations/cloud/functions/10_register.sql';

/** Faults of the cloud's functions. */
export const inTheCloud: readonly Mutant[] = [
  {
    name: 'batches are taken in any order',
    file: push,
    find: `if batch > d.last_batch + 1 then raise sqlstate 'PT409' using message = 'GAP', detail = v_state; end if;`,
    replace: '',
    caught: { seed: 2, by: ['no faults of its own'] },
  },
  {
    name: 'no receipt: a batch sent twice applies twice',
    file: push,
    find: `  if v_receipt.hash = sync_push.hash then return v_receipt.reply || '{"replayed": true}'; end if;
  -- its second try has come by another way
  if v_receipt.split_hash = sync_push.hash then return '{"status": "split", "replayed": true}'; end if;
  if batch <= d.last_batch then raise sqlstate 'PT409' using message = 'FORKED', detail = v_state; end if;`,
    replace: '  delete from sync.accepted a where a.device_id = d.id and a.batch = sync_push.batch;',
    caught: { seed: 1, by: ['exactly once'] },
  },
  {
    name: 'the hash of a batch is not compared',
    file: push,
    find: 'if v_receipt.hash = sync_push.hash then',
    replace: 'if v_receipt.hash is not null then',
    caught: { seed: 1, by: ['liveness'] },
  },
  {
    name: 'a split answer is not remembered',
    file: push,
    find: `  insert into sync.receipts as r (device_id`,
    replace: `  if v_reply ->> 'status' = 'split' then return v_reply; end if;
  insert into sync.receipts as r (device_id`,
    caught: { test: 'src-main/sync/push-rules.test.ts', named: 'is not taken as a whole by a late copy' },
  },
  {
    name: 'no savepoint: one refused transaction stops the batch',
    file: push,
    find: `    exception when data_exception or integrity_constraint_violation or undefined_table or undefined_column or insufficient_privilege or program_limit_exceeded or sqlstate 'PF410' or sqlstate 'PF411' then
      get stacked`,
    replace: `    exception when sqlstate 'PF000' then
      get stacked`,
    caught: { seed: 1, by: ['no faults of its own'] },
  },
  {
    name: 'the cloud does not hold what touches refused rows',
    file: push,
    find: 'if v_rows && blocked then',
    replace: 'if false then',
    caught: { seed: 11, by: ['causal order'] },
  },
  {
    name: 'a removed PC is still served',
    file: push,
    find: 'if d.revoked_at is not null then',
    replace: 'if false then',
    caught: { seed: 2, by: ['isolation'] },
  },
  {
    name: 'no sealing: the position is given at the first write, not at commit',
    file: pull,
    find: `-- The mark of the transaction at a position, as far as the feed still has it.`,
    replace: `drop trigger seal on sync.txns; create trigger seal after insert on sync.txns for each row execute function sync.seal();
-- The mark of the transaction at a position, as far as the feed still has it.`,
    caught: { seed: 3, by: ['writers do not wait'] },
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
    caught: { seed: 1, by: ['feed complete'] },
  },
  {
    name: 'a page may end inside a transaction',
    file: feed,
    find: 'declare v_txn bigint := sync.current_txn();',
    replace: `declare v_txn bigint := sync.current_txn() + mod(nextval('sync.txn_ids'), 1024);`,
    caught: { seed: 1, by: ['whole sales'] },
  },
  {
    name: 'the cloud sets figures that should be added',
    file: merge,
    find: `value := to_jsonb(coalesce((p_is #>> '{}')::bigint, 0) + coalesce(`,
    replace: `value := to_jsonb(coalesce((p_was #>> '{}')::bigint, 0) + coalesce(`,
    caught: { seed: 1, by: ['exactly once'] },
  },
  {
    name: 'what was merged is not news for the sender',
    file: push,
    find: `perform set_config('sync.echo', 'on', true);`,
    replace: '',
    caught: { seed: 3, by: ['convergence', 'no faults of its own'] },
  },
  {
    name: 'any version may be overwritten',
    file: merge,
    find: 'select p_state.ver = p_base or (',
    replace: 'select true or (',
    caught: { seed: 1, by: ['honest versions', 'conflict ledger'] },
  },
  {
    name: 'who changed a row last is believed to know all of it',
    file: merge,
    find: `and p_base >= p_state.own_since - 1)`,
    replace: ')',
    caught: { seed: 3, by: ['conflict ledger'] },
  },
  {
    name: 'the merge does not ask what the value was before',
    file: merge,
    find: `  elsif p_is = p_was then
    verdict := 'take';
    value := p_new;
  elsif p_policy in ('max', 'min', 'union') then`,
    replace: `  elsif p_policy in ('max', 'min', 'union') then`,
    caught: { seed: 2, by: ['conflict ledger'] },
  },
  {
    name: 'a step that somebody else took is taken again',
    file: merge,
    find: `    else verdict := 'refuse';`,
    replace: `    else verdict := 'same';`,
    caught: { seed: 6, by: ['conflict ledger'] },
  },
  {
    name: 'a manual conflict is not recorded',
    file: merge,
    find: `  elsif p_policy = 'manual' then verdict := 'open';`,
    replace: `  elsif p_policy = 'manual' then verdict := 'same';`,
    caught: { seed: 3, by: ['conflict ledger'] },
  },
  {
    name: 'scopes are not looked at',
    file: 'migrations/cloud/functions/25_scopes.sql',
    find: `declare v_fixed text[] := array['chain', 'store:' || d.store_id];`,
    replace: `declare v_fixed text[] := array(select key from sync.scopes where key not like 'region:%');`,
    caught: { seed: 2, by: ['isolation'] },
  },
  {
    name: 'an update of a deleted record is dropped',
    file: merge,
    find: `if t.on_delete <> 'keep' then`,
    replace: 'if true then',
    caught: { seed: 3, by: ['conflict ledger'] },
  },
  {
    name: 'the later of two times is the earlier one',
    file: merge,
    find: `when p_policy = 'max' then greatest(p_is, p_new)`,
    replace: `when p_policy = 'max' then least(p_is, p_new)`,
    caught: { seed: 1, by: ['conflict ledger'] },
  },
  {
    name: 'what was taken out of a set comes back',
    file: merge,
    find: `where (e = any (sync.set_of(p_is)) and not (e = any (sync.set_of(p_was)) and not e = any (sync.set_of(p_new))))`,
    replace: `where e = any (sync.set_of(p_is))`,
    caught: { test: 'src-main/sync/policies.test.ts', named: 'union: tags is the same in either order' },
  },
  {
    name: 'what arrives last does not stand',
    file: merge,
    find: `elsif p_policy = 'client' or (p_policy = 'latest' and p_later) then`,
    replace: `elsif p_policy = 'latest' and p_later then`,
    caught: { seed: 4, by: ['conflict ledger'] },
  },
  {
    name: 'the number of a transaction outlives it',
    file: pull,
    find: `perform set_config('sync.txn', v, true);`,
    replace: `perform set_config('sync.txn', v, false);`,
    caught: { seed: 1, by: ['no lost commit', 'feed complete'] },
  },
  {
    name: 'a line is written without a hold on its product',
    file: feed,
    find: `offset 0 for key share) p;`,
    replace: `offset 0) p;`,
    caught: { test: 'src-main/sync/feed.test.ts', named: 'hold against a deletion at the same moment' },
  },
  {
    name: 'a row that comes back begins its versions anew',
    file: feed,
    find: `if v_again = false then`,
    replace: `if v_again then
    delete from sync.row_state r using new_rows n where r.table_id = %2$s and r.row_id = n.id;
    v_again := false;
  end if;
  if v_again = false then`,
    caught: { seed: 3, by: ['feed complete'] },
  },
];
