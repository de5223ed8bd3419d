import type { OutsideInvariant, Sight } from './types.ts';

/** What returned to the cashier is in exactly one place: the queue, the cloud, or with what needs a person. */
export const noLostCommit: OutsideInvariant = {
  name: 'no lost commit',
  numbers: [1],
  promise: 'every local transaction is in exactly one place: queue, cloud, or dead letters',
  when: 'step',
  *check(scene) {
    yield* inTheLog(scene);
    yield* inTheCloud(scene);
  },
};

function* inTheLog({ world, effect }: Sight): Generator<string> {
  for (const pc of effect.touched) {
    const bySeq = new Map(pc.view.log.map((operation) => [operation.seq, operation]));
    for (const local of world.ledger.logOf(pc.index)) {
      const states = new Set<number>();
      const isForgotten = world.ledger.isOld(local) && (local.accepted || local.discarded);
      for (const { seq, table, rowId, op } of local.operations) {
        const now = bySeq.get(seq);
        // the newest of all stays, also when it is the last of such a one
        if (!now && isForgotten) continue;
        if (!now || now.table !== table || now.rowId !== rowId || now.op !== op || now.txn !== local.txn)
          yield `PC ${pc.index + 1}: operation ${seq} (${op} ${table}) is gone from the log`;
        else states.add(now.state);
      }
      if (states.size > 1)
        yield `PC ${pc.index + 1}: transaction ${local.txn} is torn: states ${[...states].join(', ')}`;
      const [state] = states;
      // what a cloud that was set back has lost is sent again once the PC has noticed
      if (state === 4 && !local.accepted && !world.unaware.has(pc))
        yield `PC ${pc.index + 1}: transaction ${local.txn} counts as sent, the cloud never accepted it`;
      if (state === 5 && local.accepted && !pc.mayFork)
        yield `PC ${pc.index + 1}: transaction ${local.txn} is discarded here and accepted in the cloud`;
    }
  }
}

function* inTheCloud({ world, effect }: Sight): Generator<string> {
  for (const { accepted } of effect.served)
    for (const { pc, txn, operations } of accepted)
      for (const { table, rowId, op } of operations)
        if (op === 'I' && !world.mirror.rows.has(`${table}/${rowId}`))
          yield `PC ${pc + 1}: the cloud accepted transaction ${txn} and has no ${table} ${rowId}`;
}
