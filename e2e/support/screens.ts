import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect } from '@playwright/test';
import type { Page } from '@playwright/test';

const pictures = join(import.meta.dirname, '..', 'pictures');

/** Takes a picture of the screen as it is, light and dark, and looks for barriers in both. */
export async function inspectScreen(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  // The pointer rests where it changes nothing.
  await page.mouse.move(0, 0);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
    await page.screenshot({ path: join(pictures, `${name}-${colorScheme}.png`), animations: 'disabled' });
    // Electron cannot open the helper page that axe uses elsewhere.
    const found = await new AxeBuilder({ page })
      .setLegacyMode(true)
      .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
      .analyze();
    const barriers = found.violations.map(({ id, nodes }) => ({
      id,
      where: nodes.map((node) => node.html.slice(0, 160)),
    }));
    expect.soft(barriers, `barriers on ${name} (${colorScheme})`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
}

/** Opens a screen by its place in the navigation. */
export async function open(page: Page, name: string): Promise<void> {
  await page.getByTestId(`nav-${name}`).click();
}

/** Opens the record whose row holds this text. */
export async function openRow(page: Page, row: string, text: string): Promise<void> {
  await page.getByTestId(row).filter({ hasText: text }).first().click();
}

/** Walks with the Tab key to a control, or into a group of them, as a person without a mouse does. */
export async function tabTo(page: Page, testId: string): Promise<void> {
  const target = page.getByTestId(testId);
  for (let steps = 0; steps < 80; steps += 1) {
    if (await target.evaluate((element) => element.matches(':focus-within'))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The Tab key does not lead to ${testId}`);
}

/** The screen shows all of itself in a window of 1280 by 760 that also has a title bar. */
export async function expectNoScrolling(page: Page): Promise<void> {
  const titleBar = 40;
  const height = await page.locator('#content > *').evaluate((element) => element.getBoundingClientRect().height);
  expect(height).toBeLessThanOrEqual(760 - titleBar);
}
