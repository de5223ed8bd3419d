import { describe, expect, it } from 'vitest';
import type { ClientToken } from '#shared/contract/services.ts';
import { readPort } from './port-number.ts';
import { scopesOf } from './scope-grants.ts';
import type { Service } from './service-text.ts';
import { closedServices, scopesText, tokenState } from './token-text.ts';

const day = 86_400_000;
const now = 100 * day;
const token = (rest: Partial<ClientToken>): ClientToken => ({
  id: 't',
  name: 'Cursor',
  scopes: [],
  createdAt: 0,
  expiresAt: now + 30 * day,
  lastUsedAt: null,
  revokedAt: null,
  state: 'valid',
  ...rest,
});
const services = [
  { id: 'scout', title: 'Scout', tier: 'off' },
  { id: 'voice', title: 'Voice', tier: 'read' },
] as Service[];

describe('a token', () => {
  it('says beforehand when it ends', () => {
    expect(tokenState(token({}), now)).toEqual({ text: 'Valid', tone: 'accent' });
    expect(tokenState(token({ expiresAt: now + 14 * day }), now)).toEqual({ text: 'Ends in 14 days', tone: 'amber' });
    expect(tokenState(token({ expiresAt: now + 1 }), now).text).toBe('Ends in 1 day');
    expect(tokenState(token({ state: 'expired' }), now).tone).toBe('red');
    expect(tokenState(token({ state: 'revoked' }), now).text).toBe('Revoked');
  });

  it('names what it allows, also of a service that is gone', () => {
    const scopes = [
      { service: 'scout', write: true },
      { service: 'gone', write: false },
    ];
    expect(scopesText(scopes, services)).toBe('Scout with changes, gone');
  });

  it('tells which of its services are closed', () => {
    const scopes = ['scout', 'voice'].map((service) => ({ service, write: false }));
    expect(closedServices(scopes, services).map(({ id }) => id)).toEqual(['scout']);
  });

  it('is made for what was chosen', () => {
    expect(scopesOf(services, {})).toEqual([]);
    expect(scopesOf(services, { voice: 'write', scout: 'read' })).toEqual([
      { service: 'scout', write: false },
      { service: 'voice', write: true },
    ]);
    expect(scopesOf(services, { scout: 'none', voice: 'read' })).toEqual([{ service: 'voice', write: false }]);
  });
});

it('reads only ports that may be opened', () => {
  expect([' 7347 ', '1024', '65535'].map(readPort)).toEqual([7347, 1024, 65_535]);
  expect(['', '80', '1023', '65536', '99999', '7e3', '73.5', '-7347', 'port'].map(readPort)).toEqual(
    Array.from({ length: 9 }, () => null),
  );
});
