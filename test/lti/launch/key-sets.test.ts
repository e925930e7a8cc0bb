/** How key sets of platforms are kept: few requests, no stale answers for long, and nobody locked out by a new key. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createEgress, type Egress } from '../../../server/lib/egress.js';
import type { BridgeError } from '../../../server/lib/errors.js';
import { createLogger } from '../../../server/lib/logger.js';
import { createMetrics } from '../../../server/lib/metrics.js';
import { KeySets } from '../../../server/lti/launch/key-sets.js';
import { generatePlatformKey, type PlatformKey } from '../../../server/sandbox/lms/platform.js';
import type { Platform } from '../../../server/store/platforms.js';
import { startPlatform, type KeySetHandler, type TestPlatform } from '../../support/platform.js';

const seconds = 1_000;
const minutes = 60 * seconds;
const hours = 60 * minutes;

let keys: PlatformKey[];
let lms: TestPlatform;
let egress: Egress;
let now: number;
let logLines: string[];
let sets: KeySets;

beforeAll(async () => {
  keys = await Promise.all([generatePlatformKey(), generatePlatformKey(), generatePlatformKey()]);
  egress = createEgress({ allow: ['127.0.0.1'] });
});
afterAll(() => egress.close());

beforeEach(async () => {
  lms = await startPlatform({ toolLaunchUrl: 'https://tool.example/lti/launch', keys: [keys[0]!] });
  now = Date.UTC(2026, 0, 1);
  logLines = [];
  const logger = createLogger('info', { write: (line) => logLines.push(line) });
  sets = new KeySets({ egress, logger, metrics: createMetrics(), now: () => now });
});
afterEach(() => lms.close());

const platform = (id = 'platform-1') => ({ id, jwksUri: lms.platform.jwksUri }) as Platform;
const find = (key: PlatformKey | string, alg = 'RS256', id?: string) =>
  sets.find(platform(id), typeof key === 'string' ? key : key.kid, alg);

async function refusal(work: Promise<unknown>): Promise<BridgeError> {
  return work.then(
    () => {
      throw new Error('found');
    },
    (error: BridgeError) => error,
  );
}

const publish =
  (body: unknown, headers: Record<string, string> = {}): KeySetHandler =>
  (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
const fail: KeySetHandler = (_request, response) => {
  response.statusCode = 500;
  response.end();
};

/** Lets what was begun in the background come to its end. */
async function settled(requests: number): Promise<void> {
  while (lms.keySetRequests < requests) await new Promise((resolve) => setTimeout(resolve, 5));
  await find(lms.platform.keys[0]!).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 30));
}

describe('a key set', () => {
  it('is read once for launches that come together, and not again while it is fresh', async () => {
    await Promise.all(Array.from({ length: 200 }, () => find(keys[0]!)));
    now += 9 * minutes;
    await find(keys[0]!);
    expect(lms.keySetRequests).toBe(1);
  });

  it('is shared by the platforms of one LMS', async () => {
    await find(keys[0]!, 'RS256', 'platform-1');
    await find(keys[0]!, 'RS256', 'platform-2');
    expect(lms.keySetRequests).toBe(1);
  });

  it.each([
    ['no Cache-Control', {}, 10 * minutes],
    ['a time of its own', { 'Cache-Control': 'public, max-age=1800' }, 30 * minutes],
    ['no time at all', { 'Cache-Control': 'no-store' }, 10 * minutes],
    ['less than five minutes', { 'Cache-Control': 'max-age=0' }, 5 * minutes],
    ['more than an hour', { 'Cache-Control': 'max-age=31536000' }, 60 * minutes],
    ['more than a number can hold', { 'Cache-Control': `max-age=${'9'.repeat(400)}` }, 60 * minutes],
  ])('with %s is renewed when its time is over', async (_title, headers, fresh) => {
    lms.answerKeySetBy(publish(lms.platform.jwks(), headers as Record<string, string>));
    await find(keys[0]!);
    now += fresh - 1;
    await find(keys[0]!);
    expect(lms.keySetRequests).toBe(1);
    now += 1;
    await find(keys[0]!);
    await settled(2);
    expect(lms.keySetRequests).toBe(2);
  });

  it('that is being renewed makes nobody wait', async () => {
    await find(keys[0]!);
    let release: () => void = () => undefined;
    lms.answerKeySetBy((_request, response) => {
      release = () => response.end(JSON.stringify(lms.platform.jwks()));
    });
    now += 11 * minutes;
    await expect(find(keys[0]!)).resolves.toBeDefined();
    await settled(2);
    release();
  });

  it('forgets a key that its renewal no longer has', async () => {
    await find(keys[0]!);
    lms.platform.keys.splice(0, 1, keys[1]!);
    now += 11 * minutes;
    await find(keys[0]!);
    await settled(2);
    expect(await refusal(find(keys[0]!))).toMatchObject({ code: 'launch_kid_unknown' });
    await expect(find(keys[1]!)).resolves.toBeDefined();
  });
});

describe('an LMS that cannot be reached', () => {
  it('has its good keys believed for a day and no longer', async () => {
    await find(keys[0]!);
    lms.answerKeySetBy(fail);
    for (let hour = 1; hour < 24; hour += 1) {
      now += hours;
      await expect(find(keys[0]!)).resolves.toBeDefined();
    }
    now += hours;
    expect(await refusal(find(keys[0]!))).toMatchObject({
      code: 'launch_keyset_unavailable',
      detail: 'the key set answers 500',
      retryAfter: 5,
    });
    lms.answerKeySetBy(undefined);
    await expect(find(keys[0]!)).resolves.toBeDefined();
  });

  it('is asked again every half minute while its keys are still good', async () => {
    await find(keys[0]!);
    lms.answerKeySetBy(fail);
    now += 11 * minutes;
    await find(keys[0]!);
    await settled(2);
    for (let i = 0; i < 20; i += 1) await find(keys[0]!);
    now += 30 * seconds;
    await find(keys[0]!);
    expect(lms.keySetRequests).toBe(2);
    now += 1;
    await find(keys[0]!);
    await settled(3);
    expect(lms.keySetRequests).toBe(3);
  });

  it('shows in the log by its host and what was wrong, not by its address', async () => {
    lms.answerKeySetBy(fail);
    await refusal(find(keys[0]!));
    expect(logLines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        event: 'key set not read',
        host: '127.0.0.1',
        code: 'launch_keyset_unavailable',
        detail: 'the key set answers 500',
      }),
    ]);
  });
});

describe('a new key', () => {
  beforeEach(() => find(keys[0]!));

  it('is accepted after one more reading', async () => {
    lms.platform.keys.unshift(keys[1]!);
    await expect(find(keys[1]!)).resolves.toBeDefined();
    await expect(find(keys[0]!)).resolves.toBeDefined();
    expect(lms.keySetRequests).toBe(2);
  });

  it('is accepted for everybody who meets it at once', async () => {
    lms.platform.keys.unshift(keys[1]!);
    const found = await Promise.allSettled(Array.from({ length: 50 }, () => find(keys[1]!)));
    expect(found.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(lms.keySetRequests).toBe(2);
  });

  it('is accepted although strangers made up kids just before', async () => {
    for (const kid of ['a', 'b', 'c', 'd']) await refusal(find(kid));
    lms.platform.keys.unshift(keys[1]!);
    await expect(find(keys[1]!)).resolves.toBeDefined();
  });

  it('that was withdrawn again is not accepted because it was there a moment ago', async () => {
    lms.platform.keys.unshift(keys[1]!);
    await find(keys[1]!);
    lms.platform.keys.splice(0, 2, keys[2]!);
    await find(keys[2]!);
    expect(await refusal(find(keys[1]!))).toMatchObject({ code: 'launch_kid_unknown' });
  });

  it('costs one reading per kid and at most five a minute and platform', async () => {
    for (let i = 0; i < 3; i += 1) await refusal(find('made up'));
    expect(lms.keySetRequests).toBe(2);
    await Promise.all(Array.from({ length: 300 }, (_, i) => refusal(find(`made up ${i}`))));
    expect(lms.keySetRequests).toBeLessThanOrEqual(6);
    now += minutes;
    await refusal(find('made up'));
    const later = lms.keySetRequests;
    for (let i = 0; i < 10; i += 1) await refusal(find(`later ${i}`));
    expect(lms.keySetRequests).toBe(later + 4);
  });

  it('cannot be told from a made-up one while the LMS is away, so it is asked to come again', async () => {
    lms.platform.keys.unshift(keys[1]!);
    lms.answerKeySetBy(fail);
    expect(await refusal(find(keys[1]!))).toMatchObject({ code: 'launch_keyset_unavailable' });
    await expect(find(keys[0]!)).resolves.toBeDefined();
    lms.answerKeySetBy(undefined);
    now += minutes;
    await expect(find(keys[1]!)).resolves.toBeDefined();
  });
});

describe('a published set is refused', () => {
  it.each<[string, string, KeySetHandler, string]>([
    ['that is not there', 'launch_keyset_unavailable', fail, 'the key set answers 500'],
    [
      'that has moved',
      'launch_keyset_unavailable',
      (_request, response) => {
        response.writeHead(302, { Location: '/lti/keys' });
        response.end();
      },
      'the key set answers 302',
    ],
    ['of nothing', 'launch_keyset_invalid', publish(''), 'not JSON'],
    ['of HTML', 'launch_keyset_invalid', publish('<!doctype html>'), 'not JSON'],
    ['without a list', 'launch_keyset_invalid', publish({}), 'no list'],
    ['that is a list itself', 'launch_keyset_invalid', publish([]), 'no list'],
    ['that is null', 'launch_keyset_invalid', publish('null'), 'no list'],
    ['whose keys are an object', 'launch_keyset_invalid', publish({ keys: {} }), 'no list'],
    [
      'of 10,000 keys',
      'launch_keyset_invalid',
      publish({ keys: Array.from({ length: 10_000 }, (_, i) => ({ kty: 'RSA', kid: `${i}` })) }),
      'no list of at most 100 keys',
    ],
    [
      'of more than 512 kB',
      'launch_keyset_unavailable',
      publish({ keys: [], padding: 'x'.repeat(600_000) }),
      'larger',
    ],
  ])('%s', async (_title, code, handler, detail) => {
    lms.answerKeySetBy(handler);
    const error = await refusal(find(keys[0]!));
    expect(error).toMatchObject({ code, detail: expect.stringContaining(detail) });
  });

  it('without the kid, which is then unknown', async () => {
    lms.answerKeySetBy(publish({ keys: [] }));
    expect(await refusal(find(keys[0]!))).toMatchObject({ code: 'launch_kid_unknown' });
  });
});

describe('a published key', () => {
  const rsa1024 = {
    kty: 'RSA',
    e: 'AQAB',
    n: 'sE1i9ZBlpTVhPd2Yrd6xD7GtTEzzr1jlcm7l4Id4dqnmHMyDHCq4fMfXYXEQ5kjP7vVoXZ7C0Qk8nEGwcpBJCGzEwVUPTNrPDFoH7h8s0kO0k2fYlNqPdI7Q1sVbFf5T8zqOPNCqzCXpcZ5SWUVYHbL5Fdw4DnDyqbFyFyzXTmk',
  };
  const zeros = Buffer.alloc(128);

  it.each<[string, Record<string, unknown>, string]>([
    ['that is secret', { kty: 'oct', k: 'c2VjcmV0' }, 'of type oct, not RSA'],
    ['of another type', { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }, 'of type EC, not RSA'],
    ['of a type that spells trouble', { kty: 'R\u0000\ud800<b>' }, 'of another type, not RSA'],
    ['of 1024 bits', rsa1024, 'less than 2048 bits'],
    [
      'of 1024 bits behind zeros',
      { ...rsa1024, n: Buffer.concat([zeros, Buffer.from(rsa1024.n, 'base64url')]).toString('base64url') },
      'less than 2048 bits',
    ],
    ['without a modulus', { kty: 'RSA', e: 'AQAB' }, ''],
    ['with a modulus of nothing', { kty: 'RSA', e: 'AQAB', n: '' }, ''],
  ])('%s is refused', async (_title, jwk, detail) => {
    lms.answerKeySetBy(publish({ keys: [{ kid: 'one', ...jwk }] }));
    const error = await refusal(find('one'));
    expect(error).toMatchObject({ code: 'launch_keyset_invalid', detail: expect.stringContaining(detail) });
    // PostgreSQL keeps no NUL, and the detail is kept for the operator.
    expect(error.detail).toMatch(/^[\x20-\x7e]+$/);
  });

  it.each<[string, (key: PlatformKey) => Record<string, unknown>, string]>([
    ['with its private part', ({ privateJwk }) => privateJwk, 'private part'],
    ['for another algorithm', ({ publicJwk }) => ({ ...publicJwk, alg: 'RS512' }), 'another algorithm'],
    [
      'for other work',
      ({ publicJwk }) => ({ ...publicJwk, use: undefined, key_ops: ['encrypt'] }),
      'cannot be read',
    ],
  ])('%s is refused', async (_title, change, detail) => {
    lms.answerKeySetBy(publish({ keys: [change(keys[0]!)] }));
    expect(await refusal(find(keys[0]!))).toMatchObject({
      code: 'launch_keyset_invalid',
      detail: expect.stringContaining(detail),
    });
  });

  it.each<[string, (key: PlatformKey) => unknown[]]>([
    [
      'without alg and use, as Brightspace has it',
      ({ publicJwk }) => [{ ...publicJwk, alg: undefined, use: undefined }],
    ],
    [
      'among others that are none',
      ({ publicJwk }) => [null, 'x', 7, [], {}, { kid: 5 }, { kty: 'RSA' }, publicJwk],
    ],
    ['before another one with its kid', ({ kid, publicJwk }) => [publicJwk, { kty: 'oct', kid, k: 'eA' }]],
    ['after one for encryption with its kid', ({ publicJwk }) => [{ ...publicJwk, use: 'enc' }, publicJwk]],
    [
      'with a certificate that nobody asked for',
      ({ publicJwk }) => [{ ...publicJwk, x5c: ['AA'], x5u: 'http://127.0.0.1:1/' }],
    ],
    [
      'as the hundredth',
      ({ publicJwk }) => [...Array.from({ length: 99 }, (_, i) => ({ kty: 'RSA', kid: `${i}` })), publicJwk],
    ],
  ])('%s is used', async (_title, list) => {
    lms.answerKeySetBy(publish({ keys: list(keys[0]!) }));
    await expect(find(keys[0]!)).resolves.toBeDefined();
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'is not found in the kid %s',
    async (kid) => {
      expect(await refusal(find(kid))).toMatchObject({ code: 'launch_kid_unknown' });
    },
  );

  it('serves each algorithm that it may serve', async () => {
    lms.answerKeySetBy(publish({ keys: [{ ...keys[0]!.publicJwk, alg: undefined }] }));
    const [first, second] = [await find(keys[0]!, 'RS256'), await find(keys[0]!, 'RS512')];
    expect(first).toMatchObject({ algorithm: { hash: { name: 'SHA-256' } } });
    expect(second).toMatchObject({ algorithm: { hash: { name: 'SHA-512' } } });
    expect(await refusal(find(keys[0]!, 'ES256'))).toMatchObject({ code: 'launch_keyset_invalid' });
  });
});
