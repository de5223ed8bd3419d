import type { TableName } from '#shared/register.ts';
import type { OutsideInvariant } from './types.ts';

/** Child, column, parent. */
export const references: readonly (readonly [TableName, string, TableName])[] = [
  ['transactions', 'customer_id', 'customers'],
  ['transaction_items', 'transaction_id', 'transactions'],
  ['transaction_items', 'product_id', 'products'],
  ['stock_movements', 'product_id', 'products'],
  ['stock_levels', 'product_id', 'products'],
  ['credit_entries', 'customer_id', 'customers'],
];

/** What refers to a record finds it. */
export const referencesHold: OutsideInvariant = {
  name: 'references hold',
  numbers: [13],
  promise: 'after quiet every reference finds its record, in the cloud and on every PC',
  when: 'quiet',
  *check({ world }) {
    for (const { index, view, revoked } of world.pcs) {
      if (revoked) continue;
      for (const [key, values] of view.rows)
        for (const [table, column, parent] of references) {
          if (!key.startsWith(`${table}/`) || values[column] === null) continue;
          if (!view.rows.has(`${parent}/${values[column]}`))
            yield `PC ${index + 1}: ${key} refers to ${parent} ${values[column]}, which is not there`;
        }
    }
  },
};
