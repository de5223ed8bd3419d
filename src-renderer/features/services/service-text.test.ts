import { describe, expect, it } from 'vitest';
import type { ServicesReport } from '#shared/contract/services.ts';
import { appError } from '#shared/contract/errors.ts';
import { checkName, numbersText, openInShort, openSentence, opennessOf, type Service } from './service-text.ts';

const now = Date.parse('2026-11-23T10:42:00+08:00');
const quiet = { count: 0, errors: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0 };
const service = (title: string, tier: Service['tier']): Service => ({
  id: title.toLowerCase(),
  title,
  version: '1',
  tier,
  url: null,
  state: 'ok',
  checks: [],
  tools: [],
  listBytes: 0,
  calls: quiet,
});
const report = (services: Service[], listener: Partial<ServicesReport['listener']> = {}): ServicesReport => ({
  listener: { state: 'on', port: 7347, failure: null, connections: 0, refused: 0, lastRefusal: null, ...listener },
  services,
  bridge: null,
});
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('what is open to assistants', () => {
  const read = service('Scout', 'read');
  const write = service('Voice', 'write');
  const off = service('Creative', 'off');

  it('is as wide as the widest service', () => {
    expect(opennessOf(report([]))).toBe('none');
    expect(opennessOf(report([off]))).toBe('none');
    expect(opennessOf(report([off, read]))).toBe('read');
    expect(opennessOf(report([write, read]))).toBe('write');
    expect(opennessOf(report([read], { state: 'failed' }))).toBe('failed');
  });

  it.each([
    [[off], 'Nothing is open to assistants.'],
    [[off, read], 'Assistants may read through Scout.'],
    [[read, service('Financial', 'read')], 'Assistants may read through Scout and Financial.'],
    [[write], 'Assistants may read and change data through Voice.'],
    [[read, write], 'Assistants may read through Scout, and also change data through Voice.'],
  ])('is a sentence that names the services (%#)', (services, headline) => {
    expect(openSentence(report(services), now).headline).toBe(headline);
  });

  it('names the address, who is connected, and who was turned away and why', () => {
    const lastRefusal = { at: now - 120_000, reason: 'revoked' };
    const open = openSentence(report([read], { connections: 2, refused: 3, lastRefusal }), now);
    expect(open.details).toEqual([
      'On this PC alone, at 127.0.0.1:7347.',
      '2 connections.',
      '3 requests turned away, the last 10:40: its token was revoked.',
    ]);
    const odd = openSentence(report([read], { refused: 1, lastRefusal: { at: now, reason: 'new-reason' } }), now);
    expect(odd.details.at(-1)).toBe('1 request turned away, 10:42: new-reason.');
  });

  it('says what to do when the port is taken, and that selling goes on', () => {
    const failure = appError('port-taken', '127.0.0.1:7347');
    const taken = openSentence(report([read], { state: 'failed', failure }), now);
    expect(taken.headline).toBe('Assistants cannot connect. Selling goes on.');
    expect(taken.details.join(' ')).toContain('uses the port 7347. Close that program, or choose another port');
  });

  it('is said in short on every screen, unless nothing is', () => {
    expect(openInShort('none')).toBeNull();
    expect(openInShort('write')).toBe('Assistants may change');
  });
});

it('tells how calls went', () => {
  expect(numbersText(quiet)).toBe('No call yet.');
  expect(plain(numbersText({ ...quiet, count: 1, p50Ms: 0.84, p95Ms: 0.84 }))).toBe('One call, 0.8 ms.');
  expect(plain(numbersText({ ...quiet, count: 1200, errors: 2, p50Ms: 2.4, p95Ms: 1540 }))).toBe(
    '1,200 calls, typically 2.4 ms, 95 of 100 within 1.5 s. 2 failed.',
  );
});

it('names what a service leans on, and keeps names it does not know', () => {
  expect([checkName('cache'), checkName('shelf')]).toEqual(['Cache', 'shelf']);
});
