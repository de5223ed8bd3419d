import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fail, ok, type Result } from '#shared/result.ts';
import type { Refusal } from './functions.ts';
import { createKeyPair, keyPairOf, signText } from './key-pair.ts';
import { createSignIn, type SignIn } from './sign-in.ts';
import type { Credential, TransportFailure } from './types.ts';

const day = 86_400_000;
const old = { email: 'device@devices.invalid', password: 'secret' };
const refusal = (kind: TransportFailure['kind'], body: Record<string, unknown> = {}): Result<never, Refusal> =>
  fail({ kind, detail: kind, body });

/** A cloud of one device, with a clock of its own and faults to set. */
function scene(pcClock = 0): {
  signIn: SignIn;
  cloud: { key: string | null; clock: number; asked: number; keySet: number; fault: string | null; lifetime: number };
  pc: { wall: number; steady: number };
  kept: Credential[];
} {
  const cloud = {
    key: null as string | null,
    clock: 1_790_000_000_000,
    asked: 0,
    keySet: 0,
    fault: null as string | null,
    lifetime: 900,
  };
  const pc = { wall: cloud.clock + pcClock, steady: 0 };
  const kept: Credential[] = [];
  const signIn = createSignIn({
    async askToken({ deviceId, at, nonce, signature }) {
      cloud.asked += 1;
      await Promise.resolve();
      if (cloud.fault === 'offline') return refusal('offline');
      if (cloud.key === null) return refusal('auth', { code: 'unknown-device' });
      const text = ['pulser-sign-in', deviceId, at, nonce].join('\n');
      const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: cloud.key }, format: 'jwk' });
      if (!verify(null, Buffer.from(text), key, Buffer.from(String(signature), 'base64url'))) return refusal('auth');
      if (cloud.fault === 'clock' || Math.abs(Number(at) - cloud.clock) > 60_000)
        return refusal('busy', { code: 'clock', now: cloud.clock });
      return ok({ token: `token ${cloud.asked}`, expiresIn: cloud.lifetime, now: cloud.clock });
    },
    withPassword: () =>
      Promise.resolve(
        cloud.fault === 'password' ? refusal('auth') : ok({ token: 'by password', expiresIn: 3600, deviceId: 'd' }),
      ),
    setKey(_token, publicKey) {
      cloud.keySet += 1;
      if (cloud.fault === 'old cloud') return Promise.resolve(fail({ kind: 'schema', detail: '' }));
      cloud.key = publicKey;
      return Promise.resolve(cloud.fault === 'lost answer' ? fail({ kind: 'offline', detail: '' }) : ok(null));
    },
    now: () => pc.wall,
    steady: () => pc.steady,
  });
  return { signIn, cloud, pc, kept };
}

/** A scene whose PC has a key pair that the cloud knows. */
function enrolled(pcClock = 0): ReturnType<typeof scene> {
  const all = scene(pcClock);
  const pair = createKeyPair();
  all.cloud.key = pair.publicKey;
  all.signIn.use({ deviceId: 'd', privateKey: pair.privateKey }, (credential) => all.kept.push(credential));
  return all;
}

const withPassword = (credential: Credential = old): ReturnType<typeof scene> => {
  const all = scene();
  all.signIn.use(credential, (better) => all.kept.push(better));
  return all;
};

describe('a key pair', () => {
  it('is the same again from its private part', () => {
    const pair = createKeyPair();
    expect(keyPairOf(pair.privateKey)).toEqual(pair);
    expect(Buffer.from(pair.publicKey, 'base64url')).toHaveLength(32);
    expect(createKeyPair().privateKey).not.toBe(pair.privateKey);
    expect(signText(pair.privateKey, 'a')).not.toBe(signText(pair.privateKey, 'b'));
  });
});

describe('signing in', () => {
  it('happens once for calls at the same time, and again before the token ends', async () => {
    const { signIn, cloud, pc } = enrolled();
    await Promise.all([signIn.ensure(), signIn.ensure(), signIn.ensure()]);
    expect([cloud.asked, signIn.token()]).toEqual([1, 'token 1']);
    pc.steady = 839_000;
    await signIn.ensure();
    expect(cloud.asked).toBe(1);
    pc.steady = 841_000;
    cloud.clock += 841_000;
    // somebody set the PC's clock back meanwhile: the steady one tells, and the cloud's time is learnt anew
    await signIn.ensure();
    expect([cloud.asked, signIn.token()]).toEqual([3, 'token 3']);
  });

  it('happens again when the PC slept, as its clock tells', async () => {
    const { signIn, cloud, pc } = enrolled();
    await signIn.ensure();
    pc.wall += day;
    cloud.clock += day;
    await signIn.ensure();
    expect(cloud.asked).toBe(2);
  });

  it('gets another token than the one that was refused, once', async () => {
    const { signIn, cloud } = enrolled();
    await signIn.ensure();
    const refused = signIn.token();
    await Promise.all([signIn.renew(refused), signIn.renew(refused)]);
    await signIn.renew(refused);
    expect([cloud.asked, signIn.token()]).toEqual([2, 'token 2']);
  });

  it.each([-400 * day, -90_000, 90_000, 3 * day])('works with a clock that is %i ms off', async (off) => {
    const { signIn, cloud, pc } = enrolled(off);
    expect(await signIn.ensure()).toEqual(ok(null));
    expect(cloud.asked).toBe(2);
    // the offset is known from now on, and follows when somebody sets the clock right
    await signIn.renew(signIn.token());
    expect(cloud.asked).toBe(3);
    pc.wall -= off;
    await signIn.renew(signIn.token());
    expect(cloud.asked).toBe(5);
  });

  it('tries a clock once more and not for ever', async () => {
    const { signIn, cloud } = enrolled();
    cloud.fault = 'clock';
    expect(await signIn.ensure()).toMatchObject({ ok: false, error: { kind: 'busy' } });
    expect(cloud.asked).toBe(2);
    cloud.fault = 'offline';
    expect(await signIn.ensure()).toEqual(fail({ kind: 'offline', detail: 'offline' }));
  });

  it('is nobody without a credential, and somebody else with another one', async () => {
    const { signIn, cloud } = enrolled();
    const first = signIn.ensure();
    const other = createKeyPair();
    cloud.key = other.publicKey;
    signIn.use({ deviceId: 'e', privateKey: other.privateKey }, () => undefined);
    // who asked for the former one gets the present one
    expect(await first).toEqual(ok(null));
    expect(signIn.token()).toBe('token 2');
    signIn.use(null, () => undefined);
    expect([signIn.token(), (await signIn.ensure()).ok]).toEqual([null, false]);
  });
});

describe('a PC that was enrolled with a password', () => {
  it('moves to a key pair, which is in the store before the cloud hears of it', async () => {
    const { signIn, cloud, kept } = withPassword();
    expect(await signIn.ensure()).toEqual(ok(null));
    expect(signIn.token()).toBe('token 1');
    expect(kept).toMatchObject([{ ...old, next: { deviceId: 'd' } }, { deviceId: 'd' }]);
    expect(kept[1]).not.toHaveProperty('password');
    expect(keyPairOf((kept[1] as { privateKey: string }).privateKey).publicKey).toBe(cloud.key);
    await signIn.renew(signIn.token());
    expect(cloud.keySet).toBe(1);
  });

  it('finds its key again when the answer was lost or the PC was switched off', async () => {
    const first = withPassword();
    first.cloud.fault = 'lost answer';
    expect(await first.signIn.ensure()).toMatchObject({ ok: false, error: { kind: 'offline' } });
    const waiting = first.kept[0] as Credential;
    const second = withPassword(waiting);
    second.cloud.key = first.cloud.key;
    second.cloud.fault = 'password';
    expect(await second.signIn.ensure()).toEqual(ok(null));
    expect(second.kept).toEqual(['next' in waiting ? waiting.next : null]);
  });

  it('tells the cloud once more when that has not heard', async () => {
    const pair = createKeyPair();
    const { signIn, cloud, kept } = withPassword({ ...old, next: { deviceId: 'd', privateKey: pair.privateKey } });
    expect(await signIn.ensure()).toEqual(ok(null));
    expect(cloud.key).toBe(pair.publicKey);
    expect(kept.at(-1)).toEqual({ deviceId: 'd', privateKey: pair.privateKey });
  });

  it('goes on with its password where the cloud takes no keys', async () => {
    const { signIn, cloud, kept } = withPassword();
    cloud.fault = 'old cloud';
    expect(await signIn.ensure()).toEqual(ok(null));
    expect(signIn.token()).toBe('by password');
    cloud.fault = null;
    await signIn.renew('by password');
    expect(signIn.token()).not.toBe('by password');
    expect(kept.at(-1)).not.toHaveProperty('password');
  });

  it('keeps nothing that belongs to another credential', async () => {
    const { signIn, kept } = withPassword();
    const first = signIn.ensure();
    const others: Credential[] = [];
    signIn.use(null, (credential) => others.push(credential));
    expect((await first).ok).toBe(false);
    expect([...kept, ...others]).toEqual([]);
  });
});
