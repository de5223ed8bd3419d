import { describe, expect, it } from 'vitest';
import { bundleLock, cloudKeys, createCloudKey } from '#cloud/functions/bundle-keys.ts';
import { createBundleLock, openAnswer } from './lock.ts';

describe('the lock', () => {
  it('is opened with each key of the cloud, and with no other', async () => {
    const [newer, older, stranger] = await Promise.all([createCloudKey(), createCloudKey(), createCloudKey()]);
    const keysOf = (text: string) => cloudKeys({ PULSER_BUNDLE_KEY: text } as Parameters<typeof cloudKeys>[0]);
    const [before] = await keysOf(older);
    const id = crypto.randomUUID();
    const lock = createBundleLock(before?.publicKey ?? '', id, 'device');
    const closed = new Uint8Array(lock.close(1, Buffer.from('sales')));
    const keys = await keysOf(` ${newer}\n${older} `);
    expect(keys.map((key) => key.id === lock.cloudKey)).toEqual([false, true]);
    const opens = async (key: (typeof keys)[number] | undefined, agreement: object, index = 1): Promise<string> => {
      if (!key) throw new Error('no key');
      const side = await bundleLock(key, { bundle: id, deviceId: 'device', ephemeral: lock.ephemeral, ...agreement });
      return Buffer.from(await side.open(index, closed)).toString();
    };
    expect(await opens(keys[1], {})).toBe('sales');
    await expect(opens(keys[1], { deviceId: 'other' })).rejects.toThrow();
    await expect(opens(keys[1], { bundle: crypto.randomUUID() })).rejects.toThrow();
    await expect(opens(keys[1], {}, 0)).rejects.toThrow();
    await expect(opens((await keysOf(stranger))[0], {})).rejects.toThrow();
    const side = await bundleLock(keys[1] as (typeof keys)[number], {
      bundle: id,
      deviceId: 'device',
      ephemeral: lock.ephemeral,
    });
    const answer = await side.close(3, new TextEncoder().encode('taken'));
    expect(Buffer.from(openAnswer(lock.answerKey, 3, answer) ?? []).toString()).toBe('taken');
    expect(openAnswer(lock.answerKey, 2, answer)).toBeNull();
  });
});
