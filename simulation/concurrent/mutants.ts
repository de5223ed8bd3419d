/** Faults that show only where things truly meet, or where the database breaks in the middle. Each must be noticed by the tier `concurrent`. */

type Edit = { readonly file: string; readonly find: string; readonly replace: string };
export type ConcurrentMutant = {
  readonly name: string;
  /** Each text must stand exactly once in its file. */
  readonly edits: readonly Edit[];
};

const push = 'migrations/cloud/functions/30_push.sql';
const pull = 'migrations/cloud/functions/40_pull.sql';
const refusal = `    exception when data_exception or integrity_constraint_violation or undefined_table or undefined_column or insufficient_privilege or program_limit_exceeded or sqlstate 'PF410' or sqlstate 'PF411' then
      `;

export const concurrentMutants: readonly ConcurrentMutant[] = [
  {
    name: 'a position is drawn before the head is locked',
    edits: [
      {
        file: pull,
        find: `  update sync.scopes set head = head + 1, head_stamp = v_stamp where id = new.scope_id returning head, key, channel into v_pos, v_key, v_channel;
`,
        replace: `  v_pos := nextval(format('sync.loose_%s', new.scope_id));
  update sync.scopes set head = greatest(head, v_pos), head_stamp = v_stamp where id = new.scope_id returning key, channel into v_key, v_channel;
`,
      },
      {
        file: pull,
        find: `    perform 1 from sync.scopes s
      where s.id = any (array(`,
        replace: `    perform 1 from sync.scopes s
      where false and s.id = any (array(`,
      },
      {
        file: pull,
        find: `-- The mark of the transaction at a position, as far as the feed still has it.`,
        replace: `do $do$ begin
  for i in 1 .. 40 loop
    execute format('create sequence if not exists sync.loose_%s; grant usage on sequence sync.loose_%s to public', i, i);
    perform setval(format('sync.loose_%s', i), greatest(s.head, 1), s.head > 0) from sync.scopes s where s.id = i;
  end loop;
end $do$;
-- The mark of the transaction at a position, as far as the feed still has it.`,
      },
    ],
  },
  {
    name: 'two copies of a batch at the same time do not wait for each other',
    edits: [
      {
        file: push,
        find: `  perform 1 from sync.devices where id = (auth.jwt() -> 'app_metadata' ->> 'device_id')::uuid for update;
`,
        replace: '',
      },
    ],
  },
  {
    name: 'there is no receipt in the transaction of a batch',
    edits: [
      {
        file: push,
        find: `  if v_receipt.hash = sync_push.hash then return v_receipt.reply || '{"replayed": true}'; end if;
  -- its second try has come by another way
  if v_receipt.split_hash = sync_push.hash then return '{"status": "split", "replayed": true}'; end if;
  if batch <= d.last_batch then raise sqlstate 'PT409' using message = 'FORKED', detail = v_state; end if;`,
        replace: '  delete from sync.accepted a where a.device_id = d.id and a.batch = sync_push.batch;',
      },
    ],
  },
  {
    name: 'a deadlock or a timeout counts as a refusal',
    edits: [
      {
        file: push,
        find: `${refusal}get stacked`,
        replace: '    exception when others or query_canceled then\n      get stacked',
      },
      {
        file: push,
        find: `${refusal}v_reply := '{"status": "split"}'`,
        replace: `    exception when others or query_canceled then\n      v_reply := '{"status": "split"}'`,
      },
    ],
  },
  {
    name: 'what is committed while a batch is on its way counts as sent',
    edits: [
      {
        file: 'src-main/sync/operations.ts',
        find: `WHERE state < 4 AND state = 0 AND txn IN (SELECT value FROM json_each(?))`,
        replace: `WHERE state < 4 AND state = 0 AND (true OR txn IN (SELECT value FROM json_each(?)))`,
      },
    ],
  },
];
