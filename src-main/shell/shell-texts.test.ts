import { describe, expect, it, vi } from 'vitest';
import type { Caller } from '#shared/contract/commands.ts';
import { appError } from '#shared/contract/errors.ts';
import type { SyncStatus } from '#shared/contract/schemas.ts';
import { createChosenFiles } from './chosen-files.ts';
import { failureHtml } from './failure-page.ts';
import { configurationFailure } from './failures.ts';
import { createReloadPolicy } from './reload-policy.ts';
import { quitQuestion, stateSentence } from './state-text.ts';
import { watchServices } from './services-watch.ts';
import type { OpenServices } from './services-watch.ts';
import { hasTray, trayEntries } from './tray-menu.ts';

const status: SyncStatus = {
  state: 'synced',
  phase: 'idle',
  waiting: 0,
  oldestWaitingAt: null,
  stuck: 0,
  openConflicts: 0,
  lastSuccessAt: 1,
  nextAttemptAt: null,
  pause: null,
  failure: null,
  progress: null,
  filling: null,
  store: { id: 's', name: 'S' },
  device: { id: 'd', name: 'D' },
  keyKeptBy: 'file',
  warnings: [],
};
const actions = {
  syncNow: () => 1,
  pauseOneHour: () => 2,
  resume: () => 3,
  closeServices: () => 6,
  open: () => 4,
  quit: () => 5,
};

describe('stateSentence', () => {
  it.each([
    [status, 'All changes are saved in the cloud.'],
    [{ ...status, lastSuccessAt: null }, 'Nothing waits to be sent.'],
    [{ ...status, state: 'syncing', waiting: 1 }, 'Sending one change…'],
    [
      { ...status, state: 'offline', waiting: 1200 },
      'Offline. You can keep selling; 1,200 changes will be sent later.',
    ],
    [{ ...status, state: 'attention', openConflicts: 3 }, '3 conflicts need your choice.'],
    [{ ...status, state: 'attention', device: null }, 'This PC does not belong to a store yet.'],
    [{ ...status, state: 'error', failure: appError('revoked') }, 'This PC was removed from the store.'],
  ] as [SyncStatus, string][])('%#', (given, sentence) => {
    expect(stateSentence(given)).toBe(sentence);
    expect(`Pulser Field\n${sentence}`.length).toBeLessThanOrEqual(127);
  });

  it('says what waits before quitting', () => {
    expect(quitQuestion(1).message).toBe('One change is saved on this PC but not sent yet.');
    expect(quitQuestion(12).message).toBe('12 changes are saved on this PC but not sent yet.');
  });
});

describe('the tray menu', () => {
  const labels = (given: SyncStatus | null): string[] =>
    trayEntries(given, actions).flatMap((entry) => (entry.kind === 'action' && entry.enabled ? [entry.label] : []));

  it('offers what the state allows', () => {
    expect(labels(null)).toEqual(['Open Pulser Field', 'Quit']);
    expect(labels(status)).toEqual(['Sync now', 'Pause sync for 1 hour', 'Open Pulser Field', 'Quit']);
    expect(labels({ ...status, state: 'paused', pause: { until: null, reason: 'x' } })).toEqual([
      'Resume sync',
      'Open Pulser Field',
      'Quit',
    ]);
  });

  it('says what is open to assistants, and closes it', () => {
    const entries = (open: OpenServices): string[] =>
      trayEntries(status, actions, open).flatMap((entry) => (entry.kind === 'separator' ? [] : [entry.label]));
    expect(entries({ read: [], write: [] }).join()).not.toContain('ssistants');
    expect(entries({ read: ['Scout', 'Voice'], write: [] })).toContain('Assistants may read: Scout, Voice');
    expect(entries({ read: ['Voice'], write: ['Scout'] })).toContain('Assistants may change: Scout; read: Voice');
    const close = trayEntries(null, actions, { read: ['Scout'], write: [] }).find(
      (entry) => entry.kind === 'action' && entry.label === 'Close everything to assistants',
    );
    expect(close).toMatchObject({ enabled: true, run: actions.closeServices });
  });

  it('is relied on only where there surely is one', () => {
    expect(hasTray('win32', undefined)).toBe(true);
    expect(hasTray('linux', 'ubuntu:GNOME')).toBe(false);
    expect(hasTray('linux', undefined)).toBe(false);
    expect(hasTray('linux', 'KDE')).toBe(true);
  });
});

describe('watchServices', () => {
  type Report = { services: { title: string; tier: 'off' | 'read' | 'write' }[] };

  it('tells what is open at once and when a switch is moved, and ends on the newest answer', async () => {
    let changed = (_data: { tables: string[]; origin: 'local' }): void => undefined;
    const waiting: ((report: Report) => void)[] = [];
    const caller = {
      call: () => new Promise((resolve) => waiting.push((value) => resolve({ ok: true, value }))),
      on(_event: string, listener: typeof changed) {
        changed = listener;
        return () => undefined;
      },
    } as unknown as Caller;
    const told: OpenServices[] = [];
    watchServices(caller, (open) => told.push(open));
    changed({ tables: ['products'], origin: 'local' });
    expect(waiting).toHaveLength(1);
    changed({ tables: ['_services'], origin: 'local' });
    changed({ tables: ['_services', '_calls'], origin: 'local' });
    expect(waiting).toHaveLength(1);
    waiting.shift()?.({ services: [{ title: 'Scout', tier: 'write' }] });
    await vi.waitUntil(() => waiting.length === 1);
    waiting.shift()?.({
      services: [
        { title: 'Scout', tier: 'read' },
        { title: 'Voice', tier: 'off' },
      ],
    });
    await vi.waitUntil(() => told.length === 2);
    expect(told).toEqual([
      { read: [], write: ['Scout'] },
      { read: ['Scout'], write: [] },
    ]);
    expect(waiting).toHaveLength(0);
  });
});

describe('createChosenFiles', () => {
  const chosenFiles = (answer: string | null) => {
    const suggested: string[] = [];
    const chosen = createChosenFiles<null>({
      openSales: () => Promise.resolve(answer),
      openBundle: () => Promise.resolve(answer),
      openFolder: () => Promise.resolve(answer),
      saveBundle(_window, name) {
        suggested.push(name);
        return Promise.resolve(answer);
      },
    });
    return { ...chosen, suggested };
  };

  it('lets only the files pass that the operator chose', async () => {
    const chosen = chosenFiles('/home/m/sales.csv');
    expect(chosen.allows('import.inspect', { path: '/home/m/sales.csv' })).toBe(false);
    expect(await chosen.choose(null, ['chooseImportFile'])).toBe('/home/m/sales.csv');
    expect(chosen.allows('import.inspect', { path: '/home/m/sales.csv' })).toBe(true);
    expect(chosen.allows('import.start', { path: '/home/m/sales.csv', mapping: {} })).toBe(true);
    for (const input of [{ path: '/etc/passwd' }, { path: '/home/m/../m/sales.csv' }, {}, null, 'x']) {
      expect(chosen.allows('import.start', input)).toBe(false);
    }
    expect(chosen.allows('status.get', {})).toBe(true);
  });

  it('lets a file be written only where the operator said so, and read only what they opened', async () => {
    const chosen = chosenFiles('/stick/a.pulserbundle');
    const input = { path: '/stick/a.pulserbundle' };
    const allowed = (): boolean[] =>
      ['import.start', 'bundle.inspect', 'bundle.import', 'bundle.export'].map((name) => chosen.allows(name, input));
    expect(allowed()).toEqual([false, false, false, false]);
    await chosen.choose(null, ['chooseBundle']);
    expect(allowed()).toEqual([false, true, true, false]);
    const other = chosenFiles('/stick/a.pulserbundle');
    expect(await other.choose(null, ['saveBundle', '../../etc/cron.d/a.pulserbundle'])).toBe(input.path);
    expect(other.suggested).toEqual(['a.pulserbundle']);
    expect(other.allows('bundle.export', input)).toBe(true);
    expect(other.allows('bundle.import', input)).toBe(false);
  });

  it('lets a folder be named only when the operator chose it, and given up at any time', async () => {
    const chosen = chosenFiles('/home/m/exports');
    const folder = { path: '/home/m/exports' };
    expect(chosen.allows('exports.setFolder', folder)).toBe(false);
    await chosen.choose(null, ['chooseFolder']);
    expect(chosen.allows('exports.setFolder', folder)).toBe(true);
    expect(chosen.allows('exports.setFolder', { path: null })).toBe(true);
    expect(chosen.allows('bundle.export', folder)).toBe(false);
  });

  it('remembers nothing when the dialog is cancelled, and knows no other requests', async () => {
    const chosen = chosenFiles(null);
    expect(await chosen.choose(null, ['chooseImportFile'])).toBeNull();
    for (const request of [[], ['openAnything'], ['saveBundle'], ['chooseBundle', 'x']])
      await expect(chosen.choose(null, request)).rejects.toThrow('Unknown request');
  });
});

describe('createReloadPolicy', () => {
  it('allows three crashes in five minutes and forgives after that', () => {
    let now = 0;
    const mayReload = createReloadPolicy(3, 300_000, () => now);
    expect([mayReload(), mayReload(), mayReload(), mayReload()]).toEqual([true, true, true, false]);
    now = 400_000;
    expect(mayReload()).toBe(true);
  });
});

describe('the failure page', () => {
  it('names every problem and lets no markup through', () => {
    const failure = configurationFailure(['A is "<script>alert(1)</script>".', 'B'], {
      dataDir: '/d',
      versions: { node: '1' },
    });
    const html = failureHtml(failure, false);
    expect(html).not.toContain('<script');
    expect(html).toContain('2 settings need correcting.');
    expect(html.match(/<li>/g)).toHaveLength(2);
  });
});
