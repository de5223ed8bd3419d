import type { ConflictEvent, ConflictItem } from '#shared/contract/schemas.ts';
import { customers, products } from './fixture-data.ts';

const minute = 60_000;

/** Conflicts of each kind, and fourteen that are alike. */
export function makeConflicts(now: number): ConflictItem[] {
  const here = { deviceId: 'd1', deviceName: 'Counter 1', isThisDevice: true };
  const there = { deviceId: 'd2', deviceName: 'Counter 2', isThisDevice: false };
  const office = { deviceId: null, deviceName: 'Head office', isThisDevice: false };
  const fields = { kind: 'fields' as const, image: null };
  const opened = (at: number): ConflictEvent => ({
    what: 'opened',
    by: 'Owner',
    deviceName: 'Counter 1',
    at,
    values: null,
    record: null,
  });
  const [kape, gatas, bigas, pansit] = products;
  return [
    {
      id: 'c1',
      table: 'products',
      rowId: kape!.id,
      title: kape!.name,
      status: 'open',
      openedAt: now - 5 * minute,
      resolution: null,
      ...fields,
      history: [opened(now - 5 * minute)],
      incoming: { ...here, actor: 'Owner', at: now - 9 * minute },
      kept: { ...there, actor: 'Clerk', at: now - 12 * minute },
      fields: [
        { column: 'price', base: 800, incoming: 850, kept: 900 },
        { column: 'name', base: 'Kape', incoming: 'Kape Uno', kept: 'Kape 3in1' },
      ],
      record: { ...kape!, name: 'Kape 3in1', price: 900 },
    },
    {
      id: 'c2',
      table: 'customers',
      rowId: customers[0]!.id,
      title: 'Aling Rosa',
      status: 'open',
      openedAt: now - 8 * minute,
      resolution: null,
      ...fields,
      history: [opened(now - 5 * minute)],
      incoming: { ...office, actor: 'Supervisor', at: now - 16 * minute },
      kept: { ...here, actor: 'Clerk', at: now - 18 * minute },
      fields: [{ column: 'phone', base: '0917 555 1200', incoming: '0917 555 9001', kept: null }],
      record: { ...customers[0]!, phone: null },
    },
    {
      id: 'c3',
      table: 'products',
      rowId: bigas!.id,
      title: bigas!.name,
      status: 'open',
      openedAt: now - 58 * minute,
      resolution: null,
      ...fields,
      history: [opened(now - 5 * minute)],
      incoming: { ...there, actor: 'Clerk', at: now - 60 * minute },
      kept: { ...office, actor: 'Supervisor', at: now - 64 * minute },
      fields: [{ column: 'unit', base: 'kg', incoming: 'bag', kept: 'pack' }],
      record: { ...bigas!, unit: 'pack' },
    },
    {
      id: 'c4',
      kind: 'update',
      table: 'products',
      rowId: gatas!.id,
      title: gatas!.name,
      status: 'open',
      openedAt: now - 70 * minute,
      resolution: null,
      incoming: { ...here, actor: 'Owner', at: now - 75 * minute },
      kept: { ...office, actor: 'Supervisor', at: now - 90 * minute },
      fields: [
        { column: 'price', base: 4800, incoming: 4950, kept: null },
        { column: 'cost', base: 3744, incoming: 3900, kept: null },
      ],
      record: null,
      image: { ...gatas! },
      history: [
        opened(now - 70 * minute),
        { what: 'resolved', by: 'Clerk', deviceName: 'Counter 2', at: now - 40 * minute, values: {}, record: 'kept' },
        { what: 'undone', by: 'Owner', deviceName: 'Counter 1', at: now - 30 * minute, values: null, record: null },
      ],
    },
    {
      id: 'c5',
      kind: 'delete',
      table: 'products',
      rowId: pansit!.id,
      title: pansit!.name,
      status: 'open',
      openedAt: now - 80 * minute,
      resolution: null,
      incoming: { ...there, actor: 'Clerk', at: now - 85 * minute },
      kept: { ...here, actor: 'Owner', at: now - 95 * minute },
      fields: [{ column: 'price', base: 1200, incoming: null, kept: 1250 }],
      record: { ...pansit!, price: 1250 },
      image: { ...pansit!, price: 1250 },
      history: [opened(now - 80 * minute)],
    },
    ...Array.from({ length: 14 }, (_, index): ConflictItem => ({
      id: `similar-${index}`,
      ...fields,
      table: 'products',
      rowId: products[index + 20]!.id,
      title: products[index + 20]!.name,
      status: 'open',
      openedAt: now - (100 + index) * minute,
      resolution: null,
      incoming: { ...there, actor: 'Clerk', at: now - 110 * minute },
      kept: { ...office, actor: 'Supervisor', at: now - 120 * minute },
      fields: [{ column: 'unit', base: 'pc', incoming: 'bag', kept: 'pack' }],
      record: { ...products[index + 20]!, unit: 'pack' },
      history: [opened(now - 100 * minute)],
    })),
  ];
}
