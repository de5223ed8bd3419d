import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { waitFor } from '#main/host/testing/wait-for.ts';
import { startDesktop, temporaryFolder } from './support/desktop.ts';
import type { Desktop } from './support/desktop.ts';
import { inspectScreen, open, openRow } from './support/screens.ts';
import { callInWindow } from './support/window-call.ts';
import { createWorld } from './support/world.ts';
import type { World } from './support/world.ts';

test.describe.configure({ mode: 'serial' });

let world: World;
let pc: Desktop;
let page: Page;
const folder = temporaryFolder('decisions');

test.beforeAll(async () => {
  test.setTimeout(180_000);
  world = await createWorld();
  const env = { PULSER_ENROL_CODE: await world.provision.createEnrolmentCode(world.storeId) };
  pc = await startDesktop(folder.path, { ...world.env, ...env, PULSER_DEVICE_NAME: 'Counter 1' });
  page = pc.page;
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
});
test.afterAll(async () => {
  await pc?.quit();
  await world?.stop();
  folder.remove();
});

// oxlint-disable-next-line no-empty-pattern -- Playwright insists on a destructured first argument
test.afterEach(async ({}, info) => {
  if (info.status !== info.expectedStatus)
    await info.attach('host.log', { path: join(folder.path, 'logs', 'host.log') });
});

const names = ['Munting Gatas 300 ml', 'Pancit Ligaya', 'Sabon Sariwa'] as const;
const inCloud = (columns: string, name: string) =>
  world.cloud.sql(`select ${columns} from public.products where name = $1`, [name]);

async function change(name: string, changes: { unit?: string; price?: number }): Promise<void> {
  const found = await waitFor(`${name} on this PC`, async () => {
    const answer = await callInWindow(page, 'products.list', { search: name });
    return answer.ok ? answer.value.items[0] : undefined;
  });
  expect(await callInWindow(page, 'products.update', { id: found.id, changes })).toMatchObject({ ok: true });
}

test('the office and this PC change and delete the same records meanwhile', async () => {
  await change('Sardinas Dagat', {});
  await world.cloud.setOffline(true);
  for (const name of names) await change(name, { unit: 'box' });
  await change('Sardinas Dagat', { price: 2750 });
  await change('Bigas Dinorado', { price: 999_900 });
  await world.cloud.sql(`update public.products set unit = 'pack' where name = any($1)`, [[...names]]);
  await world.cloud.sql(`delete from public.products where name = 'Sardinas Dagat'`);
  await world.cloud.sql('alter table public.products add constraint no_dear_rice check (price < 100000)');
  await world.cloud.setOffline(false);
  await expect(page.getByTestId('nav-count-conflicts')).toContainText('4 need you');
  await expect(page.getByTestId('nav-count-queue')).toContainText('1 needs you');
});

test('one answer settles the conflicts that are alike, and one key takes it back', async () => {
  await open(page, 'conflicts');
  await openRow(page, 'conflict-row', 'Pancit Ligaya');
  await expect(page.getByTestId('conflict-similar')).toContainText('2 others are like this one.');
  await expect(page.getByTestId('conflict-resolve-many')).toBeDisabled();
  await page.keyboard.press('1');
  await inspectScreen(page, 'conflicts-similar');
  await page.keyboard.press('a');
  await expect(page.getByTestId('conflict-row')).toHaveCount(1);
  for (const name of names)
    await waitFor(`the unit of ${name}`, async () => (await inCloud('unit', name))[0]?.['unit'] === 'box');
  await page.keyboard.press('u');
  await expect(page.getByTestId('conflict-row')).toHaveCount(4);
  for (const name of names)
    await waitFor(`the old unit of ${name}`, async () => (await inCloud('unit', name))[0]?.['unit'] === 'pack');
  await openRow(page, 'conflict-row', 'Pancit Ligaya');
  await expect(page.getByTestId('conflict-history')).toContainText('undid the choice');
  await page.keyboard.press('2');
  await page.getByTestId('conflict-resolve-many').click();
  await expect(page.getByTestId('conflict-row')).toHaveCount(1);
});

test('a deleted record comes back with the change, by the keyboard, and can go again', async () => {
  await expect(page.getByTestId('conflict-record-keep')).toBeVisible();
  await inspectScreen(page, 'conflicts-deleted');
  await expect(page.getByTestId('conflict-resolve')).toBeDisabled();
  await page.getByTestId('conflict-row').click();
  await page.keyboard.press('1');
  await expect(page.getByTestId('conflict-result')).toContainText('27.50');
  await page.keyboard.press('Enter');
  await waitFor('the record in the cloud', async () => {
    const [row] = await inCloud('price::int as price', 'Sardinas Dagat');
    return row?.['price'] === 2750;
  });
  await expect(page.getByTestId('conflict-undo-last')).toBeVisible();
  await page.keyboard.press('u');
  await waitFor('the deletion in the cloud', async () => (await inCloud('id', 'Sardinas Dagat')).length === 0);
  await expect(page.getByTestId('conflict-row')).toHaveCount(1);
  await page.getByTestId('conflict-record-delete').click();
  await page.getByTestId('conflict-resolve').click();
  await page.getByTestId('conflicts-filter').getByText('Decided before').click();
  await openRow(page, 'conflict-row', 'Sardinas Dagat');
  await expect(page.getByTestId('conflict-outcome')).toHaveText('The record is deleted.');
  await inspectScreen(page, 'conflicts-history');
});

test('what was refused is corrected in place and sent again', async () => {
  await open(page, 'queue');
  await openRow(page, 'queue-row', 'Bigas Dinorado');
  await expect(page.getByTestId('side-panel')).toContainText('A value is not allowed there: no dear rice.');
  await inspectScreen(page, 'queue-refused');
  await page.getByTestId('queue-edit').click();
  const price = page.getByTestId('queue-edit-price');
  await expect(price).toBeFocused();
  await price.fill('much');
  await expect(page.getByTestId('queue-edit-send')).toBeDisabled();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('queue-edit-form')).toHaveCount(0);
  await page.getByTestId('queue-edit').click();
  await inspectScreen(page, 'queue-edit');
  await price.fill('65.00');
  await page.keyboard.press('Enter');
  await waitFor('the corrected price in the cloud', async () => {
    const [row] = await inCloud('price::int as price', 'Bigas Dinorado 1 kg');
    return row?.['price'] === 6500;
  });
  await expect(page.getByTestId('queue-row')).toHaveCount(0);
  expect(await callInWindow(page, 'sync.verify', {})).toMatchObject({ ok: true, value: { equal: true } });
});
