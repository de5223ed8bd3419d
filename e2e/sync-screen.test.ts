import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';
import { waitFor } from '#main/host/testing/wait-for.ts';
import { startDesktop, temporaryFolder } from './support/desktop.ts';
import type { Desktop } from './support/desktop.ts';
import { inspectScreen, open, tabTo } from './support/screens.ts';
import { callInWindow } from './support/window-call.ts';
import { createWorld } from './support/world.ts';
import type { World } from './support/world.ts';

test.describe.configure({ mode: 'serial' });

let world: World;
let pc: Desktop;
let page: Page;
let password: string;
const email = 'liza@example.com';
const folder = temporaryFolder('sync');

/** Sales of long ago, and of yesterday. */
const old = 12;
const recent = 3;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  world = await createWorld();
  password = await world.provision.createOperator({ email, name: 'Liza Santos', role: 'operator' });
  await sellInCloud(200, old);
  await sellInCloud(1, recent);
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

async function sellInCloud(daysAgo: number, count: number): Promise<void> {
  await world.cloud.sql(
    `insert into public.transactions (id, store_id, number, started_at, ended_at, payment, customer_type, request_mode, request_type, suggestion, total)
     select gen_random_uuid(), $1::uuid, 'D' || $2::int || '-' || n, now() - make_interval(days => $2::int), now() - make_interval(days => $2::int),
       'cash', 'unknown', 'unknown', 'unknown', 'none', 1200 from generate_series(1, $3::int) n`,
    [world.storeId, daysAgo, count],
  );
}

/** How many sales this PC holds, asked over the window's own bridge. */
async function sales(): Promise<number> {
  const answer = await callInWindow(page, 'sales.list', {});
  if (!answer.ok) throw new Error(answer.error.code);
  return answer.value.total;
}

/** Chooses how long sales are kept, as it is written in the list, and waits for the sentence that says what will happen. */
async function keepFor(window: string, preview: string): Promise<void> {
  await page.getByTestId('window-sales').click();
  await page.getByRole('option', { name: window, exact: true }).click();
  await expect(page.getByTestId('scopes-preview')).toContainText(preview);
  await page.getByTestId('scopes-do').click();
  await expect(page.getByTestId('scopes-preview')).toContainText('This is how it is now.');
}

const queueRow = (text: string): Locator => page.getByTestId('queue-row').filter({ hasText: text });

async function create(name: string): Promise<void> {
  expect(await callInWindow(page, 'customers.create', { name })).toMatchObject({ ok: true });
}

test('sales of long ago leave this PC when a window is chosen, and come back', async () => {
  await waitFor('all sales', async () => (await sales()) === old + recent);
  await open(page, 'sync');
  await expect(page.getByTestId(`scope-store:${world.storeId}`)).toBeDisabled();
  await keepFor('90 days', '90 days');
  await waitFor('the old sales to leave', async () => (await sales()) === recent);
  const inCloud = await world.cloud.sql('select 1 from public.transactions');
  expect(inCloud).toHaveLength(old + recent);
  await inspectScreen(page, 'sync');
  await keepFor('ever', 'All sales will come back to this PC.');
  await waitFor('the old sales again', async () => (await sales()) === old + recent);
});

test('synchronisation rests with a reason and goes on, by the keyboard alone', async () => {
  await page.getByTestId('nav-sync').focus();
  await page.keyboard.press('Enter');
  await tabTo(page, 'pause-length');
  const marked = page.locator('[data-combobox-selected]:visible');
  await page.keyboard.press('ArrowDown');
  await expect(marked).toHaveText('For one hour');
  await page.keyboard.press('ArrowDown');
  await expect(marked).toHaveText('Until six in the morning');
  await page.keyboard.press('ArrowDown');
  await expect(marked).toHaveText('Until somebody resumes it');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('pause-length')).toHaveValue('Until somebody resumes it');
  await tabTo(page, 'pause-reason');
  await page.keyboard.type('moving the router');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('pause-now')).toHaveText('Paused until somebody resumes it: moving the router');
  await create('Mang Berto');
  await open(page, 'queue');
  await expect(queueRow('Mang Berto')).toBeVisible();
  await page.getByTestId('nav-sync').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('pause-now')).toBeVisible();
  await inspectScreen(page, 'sync-paused');
  await page.getByTestId('nav-sync').focus();
  await tabTo(page, 'pause-end');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('pause-reason')).toBeVisible();
  await waitFor('the customer in the cloud', async () => {
    return (await world.cloud.sql(`select 1 from public.customers where name = 'Mang Berto'`)).length === 1;
  });
});

test('a comparison finds what is wrong on this PC, and says what it did', async () => {
  await page.getByTestId('verify-do').click();
  await expect(page.getByTestId('verify-report')).toContainText('Nothing differed.');
  await expect(page.getByTestId('verify-past').getByRole('listitem').first()).toContainText('by hand');
  // around the feed: no trigger tells the PCs of it
  await world.cloud.adminSql(`set session_replication_role = replica;
    update public.products set price = 4100 where name = 'Sabon Sariwa'; set session_replication_role = origin`);
  await page.getByTestId('verify-do').click();
  await expect(page.getByTestId('verify-report')).toContainText('1 had another value.');
  await expect(page.getByTestId('verify-report')).toContainText('1 record is put right.');
  const found = await callInWindow(page, 'products.list', { search: 'Sabon Sariwa' });
  expect(found).toMatchObject({ ok: true, value: { items: [{ price: 4100 }] } });
  await inspectScreen(page, 'sync-verified');
  await page.getByTestId('verify-do').click();
  await expect(page.getByTestId('verify-report')).toContainText('Nothing differed.');
  await open(page, 'overview');
  await expect(page.getByRole('region', { name: 'Sent and received in the last hour' })).toContainText('Equal,');
});

test('a person signs in, and the next change carries their name', async () => {
  await open(page, 'sync');
  await page.getByTestId('operator-email').fill(email);
  await page.getByTestId('operator-password').fill('not this one');
  await page.getByTestId('operator-in').click();
  await expect(page.getByText('This email or password is wrong, or the account is closed.')).toBeVisible();
  await page.getByTestId('operator-password').fill(password);
  await page.getByTestId('operator-in').click();
  await expect(page.getByTestId('operator-name')).toContainText('Liza Santos (field operator)');
  await world.cloud.setOffline(true);
  await create('Aling Nena');
  await open(page, 'queue');
  await expect(queueRow('Aling Nena')).toContainText('Liza Santos');
  await open(page, 'sync');
  await page.getByTestId('operator-out').click();
  await expect(page.getByTestId('operator-in')).toBeVisible();
  await create('Mang Tomas');
  await open(page, 'queue');
  await expect(queueRow('Mang Tomas')).toBeVisible();
  await expect(queueRow('Mang Tomas')).not.toContainText('Liza Santos');
  await world.cloud.setOffline(false);
});

test('what waits is written to a stick, and reaches the cloud from there', async () => {
  const file = join(folder.path, 'counter-1.pulserbundle');
  await waitFor('everything in the cloud', async () => {
    return (await world.cloud.sql(`select 1 from public.customers where name = 'Mang Tomas'`)).length === 1;
  });
  expect(await callInWindow(page, 'sync.pause', { until: null, reason: 'no network' })).toMatchObject({ ok: true });
  await create('Aling Ising');
  await pc.app.evaluate(({ dialog }, path) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: path });
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
  }, file);
  await open(page, 'sync');
  await page.getByTestId('bundle-export').click();
  await expect(page.getByTestId('bundle-written')).toContainText('1 change is in counter-1.pulserbundle');
  await expect(page.getByTestId('bundle-past')).toContainText('1 change, not in the cloud yet');
  await page.getByTestId('bundle-open').click();
  await expect(page.getByTestId('bundle-holds')).toContainText('1 change of this PC');
  await page.getByTestId('bundle-do').click();
  await expect(page.getByTestId('bundle-result')).toContainText('1 change of Counter 1 has reached the cloud.');
  expect(await world.cloud.sql(`select 1 from public.customers where name = 'Aling Ising'`)).toHaveLength(1);
  await inspectScreen(page, 'sync-stick');
  await page.getByTestId('pause-end').click();
  await expect(page.getByTestId('bundle-past')).toContainText('1 change, in the cloud');
  expect(await world.cloud.sql(`select 1 from public.customers where name = 'Aling Ising'`)).toHaveLength(1);
});
