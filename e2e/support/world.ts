import { createProvision } from '#cloud/local/provision.ts';
import type { NewProduct, Provision } from '#cloud/local/provision.ts';
import { testCloud } from '#cloud/local/testing.ts';
import type { TestCloud } from '#cloud/local/testing.ts';
import type { CommandInput, CommandName, CommandOutput } from '#shared/contract/commands.ts';
import type { HeadlessPc } from '#main/host/testing/headless-pc.ts';

export type World = {
  readonly cloud: TestCloud;
  readonly provision: Provision;
  readonly storeId: string;
  /** What a PC needs in its environment to reach this cloud. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
};

/** A cloud with one store and a small catalogue; nobody is enrolled yet. */
export async function createWorld(): Promise<World> {
  const cloud = await testCloud();
  const provision = createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
  const storeId = await provision.createStore({
    code: 'QC-07',
    name: 'Tindahan ni Aling Rosa',
    region: 'NCR',
    province: 'Metro Manila',
    city: 'Quezon City',
    barangay: 'Bagumbayan',
  });
  await provision.seedProducts(catalogue);
  return {
    cloud,
    provision,
    storeId,
    env: { SUPABASE_URL: cloud.url, SUPABASE_ANON_KEY: cloud.anonKey, SYNC_INTERVAL: '1' },
    stop: () => cloud.stop(),
  };
}

export const kape = '01920000-0000-7000-8000-000000000001';

const catalogue: NewProduct[] = (
  [
    ['Barako Express 3-in-1', 'Drinks', 1200, 900],
    ['Munting Gatas 300 ml', 'Dairy', 2850, 2400],
    ['Pancit Ligaya', 'Noodles', 1450, 1150],
    ['Sabon Sariwa', 'Household', 3600, 3000],
    ['Sardinas Dagat', 'Canned', 2600, 2200],
    ['Bigas Dinorado 1 kg', 'Rice', 6200, 5600],
  ] as const
).map(([name, category, price, cost], index) => ({
  id: index === 0 ? kape : `01920000-0000-7000-8000-00000000010${index}`,
  sku: `SKU-${index + 1}`,
  name,
  local_name: null,
  brand: null,
  category,
  unit: 'pc',
  price,
  cost,
  active: true,
}));

/** Asks the second PC; an expected failure is a failed test. */
export async function ask<N extends CommandName>(
  pc: HeadlessPc,
  name: N,
  input: CommandInput<N>,
): Promise<CommandOutput<N>> {
  const answer = await pc.caller.call(name, input);
  if (!answer.ok) throw new Error(`${name}: ${answer.error.code} ${answer.error.detail ?? ''}`);
  return answer.value;
}
