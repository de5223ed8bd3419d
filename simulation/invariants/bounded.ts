import type { OutsideInvariant } from './types.ts';

/** Nothing grows that nobody empties. */
export const bounded: OutsideInvariant = {
  name: 'bounded',
  numbers: [12],
  promise:
    'batches on their way, kept images and receipts stay within their bounds; capture is on between any two steps',
  when: 'step',
  *check({ effect }) {
    for (const { index, view } of effect.touched) {
      if (view.batches > 2) yield `PC ${index + 1}: ${view.batches} batches on their way`;
      if (!view.capturing) yield `PC ${index + 1}: capture is switched off`;
      for (const key of view.shadows.keys())
        if (!view.open.has(key)) yield `PC ${index + 1}: an image is kept for ${key}, where nothing is open`;
    }
  },
};

export const receiptsBounded: OutsideInvariant = {
  name: 'receipts bounded',
  numbers: [12],
  promise: 'the cloud keeps at most about a thousand receipts of a PC',
  when: 'quiet',
  async check({ world }) {
    const { rows } = await world.cloud.admin.query<{ n: number }>(
      'select count(*)::int as n from sync.receipts group by device_id order by 1 desc',
    );
    const most = rows[0]?.n ?? 0;
    return most > 1002 ? [`${most} receipts of one PC`] : [];
  },
};
