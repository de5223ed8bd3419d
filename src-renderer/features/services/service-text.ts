import type { CallNumbers, ServicesReport, ServiceTier } from '#shared/contract/services.ts';
import { t } from '../../i18n/translate.ts';
import { formatMs, formatTime } from '../../ui/format.ts';
import type { Tone } from '../../ui/tone.ts';

export type Service = ServicesReport['services'][number];
export type Tool = Service['tools'][number];

/** What is open to assistants, in one word: the widest that any service allows. `failed`: something should be open, and cannot be. */
export type Openness = 'none' | 'read' | 'write' | 'failed';

export const tiers = ['off', 'read', 'write'] as const satisfies readonly ServiceTier[];

export function opennessOf({ listener, services }: ServicesReport): Openness {
  if (listener.state === 'failed') return 'failed';
  if (services.some(({ tier }) => tier === 'write')) return 'write';
  return services.some(({ tier }) => tier === 'read') ? 'read' : 'none';
}

export const toneOfOpenness: Readonly<Record<Openness, Tone>> = {
  none: 'grey',
  read: 'blue',
  write: 'amber',
  failed: 'red',
};

const list = new Intl.ListFormat('en', { type: 'conjunction' });

/** Names in one phrase: `Scout, Creative, and Voice`. */
export function names(of: readonly { readonly title: string }[]): string {
  return list.format(of.map(({ title }) => title));
}

/** How things stand: the sentence of the screen, and what there is to know beside it. */
export function openSentence(report: ServicesReport, now: number): { headline: string; details: string[] } {
  const openness = opennessOf(report);
  const { port } = report.listener;
  const refused = refusedText(report, now);
  switch (openness) {
    case 'none':
      return { headline: t('services.open.none'), details: [t('services.open.none.detail')] };
    case 'failed':
      return {
        headline: t('services.open.failed'),
        details: [t('services.open.failed.detail', { port: String(port) })],
      };
    case 'read':
    case 'write':
      return { headline: openHeadline(report.services), details: [...liveDetails(report), ...refused] };
  }
}

function openHeadline(services: readonly Service[]): string {
  const read = names(services.filter(({ tier }) => tier === 'read'));
  const write = names(services.filter(({ tier }) => tier === 'write'));
  if (write === '') return t('services.open.read', { read });
  return read === '' ? t('services.open.write', { write }) : t('services.open.both', { read, write });
}

function liveDetails({ listener }: ServicesReport): string[] {
  return [
    t('services.open.address', { address: `127.0.0.1:${listener.port}` }),
    ...(listener.connections === 0 ? [] : [t('services.open.connections', { n: listener.connections })]),
  ];
}

const refusals = ['no-token', 'unknown-token', 'expired', 'revoked', 'scope', 'off', 'host', 'origin'] as const;

function refusedText({ listener: { refused, lastRefusal } }: ServicesReport, now: number): string[] {
  if (lastRefusal === null) return [];
  const known = refusals.find((reason) => reason === lastRefusal.reason);
  const reason = known === undefined ? lastRefusal.reason : t(`services.refused.${known}`);
  return [t('services.open.refused', { n: refused, at: formatTime(lastRefusal.at, now), reason })];
}

/** What the frame of the window says on every screen; null while nothing is open. */
export function openInShort(openness: Openness): string | null {
  return openness === 'none' ? null : t(`services.short.${openness}`);
}

const checks = ['store', 'readers', 'cache', 'sync', 'cloud', 'exports'] as const;

/** The name of something that a service leans on. */
export function checkName(name: string): string {
  const known = checks.find((check) => check === name);
  return known === undefined ? name : t(`services.check.${known}`);
}

/** How many calls there were and how long they took. */
export function numbersText({ count, errors, p50Ms, p95Ms }: CallNumbers): string {
  if (count === 0) return t('services.numbers.none');
  const some =
    count === 1
      ? t('services.numbers.once', { ms: formatMs(p50Ms) })
      : t('services.numbers.some', { n: count, p50: formatMs(p50Ms), p95: formatMs(p95Ms) });
  return errors === 0 ? `${some}.` : `${some}. ${t('services.numbers.failed', { n: errors })}.`;
}
