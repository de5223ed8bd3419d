import { describe, expect, it } from 'vitest';
import type { ClientToken, ServiceCall } from '#shared/contract/services.ts';
import { assistantChoices } from './call-filter.ts';
import { callTitle, outcomeText, serviceTitle } from './call-text.ts';
import type { Service } from './service-text.ts';

const tool = { name: 'get_dashboard', title: 'Dashboard' };
const services = [{ id: 'scout', title: 'Scout', tools: [tool] }] as unknown as Service[];
const call = (rest: Partial<ServiceCall>): ServiceCall => ({
  id: 1,
  at: 0,
  client: 'Cursor',
  tokenId: 't1',
  service: 'scout',
  kind: 'tool',
  name: 'get_dashboard',
  outcome: 'ok',
  ms: 1,
  bytes: 1,
  ...rest,
});

describe('a call', () => {
  it('has the title of its tool, and its name where the tool is gone', () => {
    expect(callTitle(call({}), services)).toBe('Dashboard');
    expect(callTitle(call({ name: 'old_tool' }), services)).toBe('old_tool');
    expect(callTitle(call({ service: 'gone' }), services)).toBe('get_dashboard');
    expect(callTitle(call({ kind: 'resource', name: 'today' }), services)).toBe('reads today');
    expect(callTitle(call({ kind: 'prompt', name: 'why_slow' }), services)).toBe('prompt why_slow');
    expect(serviceTitle('gone', services)).toBe('gone');
  });

  it('ended well, with a question, by a decision of a person, or badly', () => {
    expect(outcomeText('ok')).toEqual({ text: 'Answered', tone: 'accent' });
    expect(outcomeText('asked').tone).toBe('blue');
    expect(outcomeText('read-only')).toEqual({ text: 'Refused, only reading', tone: 'amber' });
    expect(outcomeText('cancelled').tone).toBe('grey');
    expect(outcomeText('disk-full')).toEqual({ text: 'Failed: disk-full', tone: 'red' });
  });
});

describe('the choice of an assistant', () => {
  const token = (id: string, name: string): ClientToken => ({ id, name }) as ClientToken;

  it('offers everybody with a token, and who called with another one', () => {
    const calls = [call({}), call({ tokenId: 'jwt:fleet', client: 'Fleet' })];
    expect(assistantChoices([token('t1', 'Cursor')], calls)).toEqual([
      { value: 't1', label: 'Cursor' },
      { value: 'jwt:fleet', label: 'Fleet' },
    ]);
  });

  it('tells two of the same name apart, the older one first', () => {
    const labels = assistantChoices([token('t2', 'Cursor'), token('t1', 'Cursor')], []).map(({ label }) => label);
    expect(labels).toEqual(['Cursor (2)', 'Cursor (1)']);
  });
});
