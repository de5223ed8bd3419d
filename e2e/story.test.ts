import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { startHeadlessPc } from '#main/host/testing/headless-pc.ts';
import type { HeadlessPc } from '#main/host/testing/headless-pc.ts';
import { waitFor } from '#main/host/testing/wait-for.ts';
import { startDesktop, temporaryFolder } from './support/desktop.ts';
import type { Desktop } from './support/desktop.ts';
import { writeSalesFile } from './support/sales-file.ts';
import { expectNoScrolling, inspectScreen, open, openRow, tabTo } from './support/screens.ts';
import { callInWindow } from './support/window-call.ts';
import { ask, createWorld, kape } from './support/world.ts';
import type { World } from './support/world.ts';

test.describe.configure({ mode: 'serial' });

let world: World;
let pc: Desktop;
let page: Page;
let second: HeadlessPc;
const folders = [temporaryFolder('one'), temporaryFolder('two'), temporaryFolder('files')] as const;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  world = await createWorld();
  pc = await startDesktop(folders[0].path, world.env);
  page = pc.page;
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
});
test.afterAll(async () => {
  await pc?.quit();
  await second?.stop();
  await world?.stop();
  folders.forEach((folder) => folder.remove());
});

// oxlint-disable-next-line no-empty-pattern -- Playwright insists on a destructured first argument
test.afterEach(async ({}, info) => {
  if (info.status !== info.expectedStatus)
    await info.attach('host.log', { path: join(folders[0].path, 'logs', 'host.log') });
});

const sentence = (): ReturnType<Page['getByTestId']> => page.getByTestId('state-sentence');

/** How many changes the cloud has not confirmed, asked over the window's own bridge. */
async function waiting(): Promise<number> {
  const answer = await callInWindow(page, 'status.get', {});
  if (!answer.ok) throw new Error(answer.error.code);
  return answer.value.waiting;
}

test('a new PC joins its store with a code', async () => {
  await expect(page.getByTestId('enrol-code')).toBeVisible();
  await inspectScreen(page, 'enrol');
  await page.getByTestId('enrol-code').fill('WRONG-CODE');
  await page.getByTestId('enrol-name').fill('Counter 1');
  await page.getByTestId('enrol-do').click();
  await expect(page.getByText('This enrolment code is wrong, used or too old.')).toBeVisible();
  await page.getByTestId('enrol-code').fill(await world.provision.createEnrolmentCode(world.storeId));
  await page.getByTestId('enrol-do').click();
  await expect(sentence()).toHaveText('All changes are saved in the cloud.');
  await expect(page.getByTestId('place')).toContainText('Counter 1');
});

test('a second PC of the store is seen at once', async () => {
  second = await startHeadlessPc(folders[1].path, {
    ...world.env,
    PULSER_ENROL_CODE: await world.provision.createEnrolmentCode(world.storeId),
    PULSER_DEVICE_NAME: 'Counter 2',
  });
  await open(page, 'customers');
  await ask(second, 'customers.create', { name: 'Aling Nena', phone: '0917 000 0000' });
  await expect(page.getByTestId('customer-row').filter({ hasText: 'Aling Nena' })).toBeVisible();
});

test('a file of sales is imported by clicking and reaches the other PC', async () => {
  const file = writeSalesFile(folders[2].path);
  await pc.app.evaluate(({ dialog }, path) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
  }, file.path);
  await open(page, 'import');
  await page.getByTestId('import-choose').click();
  await expect(page.getByTestId('import-start')).toBeEnabled();
  await inspectScreen(page, 'import-inspection');
  await page.getByTestId('import-start').click();
  await expect(page.getByTestId('import-progress')).toHaveAttribute('data-state', 'done');
  await expect(page.getByTestId('import-sales')).toHaveText(String(file.sales));
  await expect(page.getByTestId('import-lines')).toHaveText(String(file.lines));
  await expect(page.getByTestId('import-bad')).toHaveText(String(file.bad));
  await inspectScreen(page, 'import-done');
  await waitFor('the imported sales on the other PC', async () => {
    return (await ask(second, 'sales.list', {})).total === file.sales;
  });
});

test('without a network the counter goes on', async () => {
  await world.cloud.setOffline(true);
  await open(page, 'sell');
  await page.getByTestId('sell-search').fill('2*barako');
  await page.getByTestId('sell-result').first().click();
  await expect(page.getByTestId('sell-total')).toContainText('24.00');
  await inspectScreen(page, 'sell');
  await page.getByTestId('sell-record').click();
  await expect(page.getByTestId('sale-row').first()).toContainText('24.00');
  await open(page, 'overview');
  await expect(sentence()).toContainText('Offline. You can keep selling.');
  await inspectScreen(page, 'overview-offline');
  await expectNoScrolling(page);
});

test('both PCs edit the same records meanwhile', async () => {
  await open(page, 'customers');
  await openRow(page, 'customer-row', 'Aling Nena');
  await inspectScreen(page, 'customers');
  await page.getByTestId('customer-phone').fill('0918 111 2222');
  await page.getByTestId('customer-save').click();
  await open(page, 'products');
  await openRow(page, 'product-row', 'Barako Express');
  await inspectScreen(page, 'products');
  await page.getByTestId('product-price').fill('13.00');
  await page.getByTestId('product-save').click();
  await expect(page.getByTestId('product-row').filter({ hasText: 'Barako' })).toContainText('13.00');
  const nena = (await ask(second, 'customers.list', { search: 'Nena' })).items[0];
  await ask(second, 'customers.update', { id: nena?.id ?? '', changes: { address: '12 Mabini St' } });
  await ask(second, 'products.update', { id: kape, changes: { price: 1350 } });
  // Held back, so that its price arrives second and becomes the conflict.
  await ask(second, 'sync.pause', { until: null, reason: 'test' });
  await open(page, 'queue');
  await expect(page.getByTestId('queue-row').filter({ hasText: 'Barako' })).toBeVisible();
  await openRow(page, 'queue-row', 'Barako');
  await expect(page.getByTestId('side-panel')).toBeVisible();
  // What was cut off on its way is not called "sending" while nothing is sent, and the numbers say what they count.
  await expect(page.getByTestId('queue-row').filter({ hasText: 'Sale 1-000001' })).toContainText('Waiting to resend');
  await expect(page.getByText('3 entries with 6 changes wait for the cloud.')).toBeVisible();
  await inspectScreen(page, 'queue-offline');
});

test('back on the network everything is sent, different fields merge, the same price is a conflict', async () => {
  // A form that is open meanwhile: its note is being written, the rest is untouched.
  await open(page, 'customers');
  await openRow(page, 'customer-row', 'Aling Nena');
  await page.getByTestId('customer-note').fill('Pays on Fridays');
  await world.cloud.setOffline(false);
  await waitFor('the queue to empty', async () => (await waiting()) === 0);
  await ask(second, 'sync.resume', {});
  await expect(page.getByTestId('customer-address')).toHaveValue('12 Mabini St');
  await expect(page.getByTestId('customer-note')).toHaveValue('Pays on Fridays');
  await expect(page.getByTestId('customer-note-beneath')).toHaveCount(0);
  const nena = (await ask(second, 'customers.list', { search: 'Nena' })).items[0];
  await ask(second, 'customers.update', { id: nena?.id ?? '', changes: { note: 'Pays on Mondays' } });
  await expect(page.getByTestId('customer-note-beneath')).toContainText('Pays on Mondays');
  await expect(page.getByTestId('customer-note')).toHaveValue('Pays on Fridays');
  await inspectScreen(page, 'customers-changed');
  await page.getByTestId('customer-note-take').click();
  await expect(page.getByTestId('customer-note')).toHaveValue('Pays on Mondays');
  await expect(page.getByTestId('customer-save')).toBeDisabled();
  await open(page, 'queue');
  await expect(page.getByTestId('queue-row')).toHaveCount(0);
  await expect(page.getByTestId('nav-count-conflicts')).toContainText('1 needs you');
  await waitFor('the merge on this PC', async () => {
    const found = await callInWindow(page, 'customers.list', { search: 'Nena' });
    return found.ok && found.value.items[0]?.address === '12 Mabini St';
  });
  await open(page, 'customers');
  await openRow(page, 'customer-row', 'Aling Nena');
  await expect(page.getByTestId('customer-address')).toHaveValue('12 Mabini St');
  await expect(page.getByTestId('customer-phone')).toHaveValue('0918 111 2222');
  const merged = await waitFor('the merge on the other PC', async () => {
    const found = (await ask(second, 'customers.list', { search: 'Nena' })).items[0];
    return found?.phone === '0918 111 2222' ? found : null;
  });
  expect(merged.address).toBe('12 Mabini St');
});

async function priceInCloud(): Promise<number> {
  const [row] = await world.cloud.sql<{ price: string | number }>('select price from public.products where id = $1', [
    kape,
  ]);
  return Number(row?.price);
}

test('the conflict is resolved by clicking, with a preview first, and can be undone', async () => {
  await open(page, 'overview');
  await expect(sentence()).toHaveText('1 conflict needs your choice.');
  await inspectScreen(page, 'overview-conflict');
  await expectNoScrolling(page);
  await open(page, 'conflicts');
  await openRow(page, 'conflict-row', 'Barako');
  await expect(page.getByTestId('conflict-resolve')).toBeDisabled();
  await page.getByTestId('conflict-pick-incoming-price').click();
  await expect(page.getByTestId('conflict-result')).toContainText('13.50');
  await inspectScreen(page, 'conflicts');
  expect(await priceInCloud()).toBe(1300);
  await page.getByTestId('conflict-resolve').click();
  await waitFor('the chosen price in the cloud', async () => (await priceInCloud()) === 1350);
  await waitFor('no open conflict on the other PC', async () => (await ask(second, 'conflicts.list', {})).total === 0);
  await page.getByTestId('conflict-undo').click();
  await waitFor('the price before in the cloud', async () => (await priceInCloud()) === 1300);
  await waitFor('the conflict open on the other PC', async () => (await ask(second, 'conflicts.list', {})).total === 1);
  await expect(page.getByTestId('conflict-row')).toHaveCount(1);
});

test('the same is done with the keyboard alone', async () => {
  await open(page, 'overview');
  await page.getByTestId('nav-conflicts').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('conflict-field-price')).toBeVisible();
  await expect(page.getByTestId('conflict-resolve')).toBeDisabled();
  await page.keyboard.press('2');
  await expect(page.getByTestId('conflict-resolve')).toBeEnabled();
  const shown = await page.getByTestId('conflict-result').innerText();
  const chosen = shown.includes('13.50') ? 1350 : 1300;
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('conflict-row')).toHaveCount(0);
  await tabTo(page, 'conflict-undo');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('conflict-row')).toHaveCount(1);
  // From a link of the navigation a choice draws the focus to itself: Enter decides and does not follow the link.
  await page.getByTestId('nav-queue').focus();
  await page.keyboard.press('2');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('conflict-row')).toHaveCount(0);
  // The last one is decided, and U still takes it back.
  await expect(page.getByTestId('conflict-undo-last')).toBeVisible();
  await inspectScreen(page, 'conflicts-none');
  await page.keyboard.press('u');
  await expect(page.getByTestId('conflict-row')).toHaveCount(1);
  await page.keyboard.press('2');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('conflict-row')).toHaveCount(0);
  await page.getByTestId('conflicts-filter').getByText('Decided before').click();
  await expect(page.getByTestId('conflict-undo-decided')).toBeVisible();
  await inspectScreen(page, 'conflicts-decided');
  await page.keyboard.press('u');
  await expect(page.getByTestId('conflict-row')).toHaveCount(0);
  await page.getByTestId('conflicts-filter').getByText('Open').click();
  await expect(page.getByTestId('conflict-field-price')).toBeVisible();
  await page.keyboard.press('2');
  // Somebody who went to a link on purpose gets where it leads, also while a decision is ready.
  await expect(page.getByTestId('conflict-resolve')).toBeEnabled();
  await page.getByTestId('nav-queue').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('queue-filter')).toBeVisible();
  await page.getByTestId('nav-conflicts').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('conflict-field-price')).toBeVisible();
  await page.keyboard.press('2');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('conflict-row')).toHaveCount(0);
  await waitFor('no open conflict on the other PC', async () => (await ask(second, 'conflicts.list', {})).total === 0);
  await waitFor('the chosen price in the cloud', async () => (await priceInCloud()) === chosen);
});

test('at the end nothing waits and both PCs equal the cloud', async () => {
  await open(page, 'overview');
  await expect(sentence()).toHaveText('All changes are saved in the cloud.');
  expect(await waiting()).toBe(0);
  await inspectScreen(page, 'overview');
  await expectNoScrolling(page);
  const verified = await callInWindow(page, 'sync.verify', {});
  expect(verified).toMatchObject({ ok: true, value: { equal: true } });
  expect(await waitFor('the other PC at rest', async () => (await ask(second, 'status.get', {})).waiting === 0)).toBe(
    true,
  );
  expect(await ask(second, 'sync.verify', {})).toMatchObject({ equal: true });
  await page.getByTestId('sync-pause').click();
  await expect(sentence()).toContainText('Paused');
  await inspectScreen(page, 'overview-paused');
  await page.getByTestId('sync-resume').click();
  await expect(sentence()).toHaveText('All changes are saved in the cloud.');
});
