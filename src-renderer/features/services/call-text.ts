import type { ServiceCall } from '#shared/contract/services.ts';
import { t } from '../../i18n/translate.ts';
import type { Tone } from '../../ui/tone.ts';
import type { Service } from './service-text.ts';

/** Outcomes with words of their own; any other code is shown as it is. */
const outcomes = [
  'ok',
  'asked',
  'read-only',
  'tool-off',
  'not-allowed',
  'confirmation-needed',
  'declined',
  'rate-limited',
  'too-large',
  'cancelled',
  'unavailable',
  'ambiguous',
  'bad-input',
  'not-found',
] as const;
/** The operator's own doing: a switch, a token, a person's no. */
const refused: readonly string[] = ['read-only', 'tool-off', 'not-allowed', 'confirmation-needed', 'declined'];

/** How a call ended, in words, and the colour that goes with it. */
export function outcomeText(outcome: string): { text: string; tone: Tone } {
  const known = outcomes.find((one) => one === outcome);
  const text = known === undefined ? t('calls.failed', { code: outcome }) : t(`calls.${known}`);
  if (outcome === 'ok') return { text, tone: 'accent' };
  if (outcome === 'asked') return { text, tone: 'blue' };
  return { text, tone: outcome === 'cancelled' ? 'grey' : refused.includes(outcome) ? 'amber' : 'red' };
}

/** What was called, in the words of the service. */
export function callTitle(call: ServiceCall, services: readonly Service[]): string {
  switch (call.kind) {
    case 'tool': {
      const tools = services.find(({ id }) => id === call.service)?.tools;
      return tools?.find(({ name }) => name === call.name)?.title ?? call.name;
    }
    case 'resource':
      return t('calls.kind.resource', { name: call.name });
    case 'prompt':
      return t('calls.kind.prompt', { name: call.name });
  }
}

/** The name of a service; its id where it is no longer part of the app. */
export function serviceTitle(id: string, services: readonly Service[]): string {
  return services.find((service) => service.id === id)?.title ?? id;
}
