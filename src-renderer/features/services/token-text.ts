import type { ClientToken, ServiceScope } from '#shared/contract/services.ts';
import { t } from '../../i18n/translate.ts';
import type { Tone } from '../../ui/tone.ts';
import { serviceTitle } from './call-text.ts';
import type { Service } from './service-text.ts';

/** A token's text while it can be seen. Kept nowhere but on the screen. */
export type ShownToken = { readonly id: string; readonly token: string };

const dayMs = 86_400_000;
/** From so many days on the end of a token is told beforehand. */
const soonDays = 14;

/** What a token is good for, and the colour that goes with it. */
export function tokenState(token: ClientToken, now: number): { text: string; tone: Tone } {
  switch (token.state) {
    case 'revoked':
      return { text: t('assistants.state.revoked'), tone: 'grey' };
    case 'expired':
      return { text: t('assistants.state.expired'), tone: 'red' };
    case 'valid': {
      const days = Math.max(0, Math.ceil((token.expiresAt - now) / dayMs));
      return days <= soonDays
        ? { text: t('assistants.state.soon', { n: days }), tone: 'amber' }
        : { text: t('assistants.state.valid'), tone: 'accent' };
    }
  }
}

/** What a token allows, service by service: `Scout, Voice with changes`. */
export function scopesText(scopes: readonly ServiceScope[], services: readonly Service[]): string {
  return scopes
    .map(({ service, write }) =>
      t(write ? 'assistants.may.write' : 'assistants.may.read', { service: serviceTitle(service, services) }),
    )
    .join(', ');
}

/** The services of a token that are closed, so that it is refused there all the same. */
export function closedServices(scopes: readonly ServiceScope[], services: readonly Service[]): Service[] {
  return services.filter(({ id, tier }) => tier === 'off' && scopes.some(({ service }) => service === id));
}
