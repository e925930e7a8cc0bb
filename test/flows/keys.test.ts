/** Keys change while people launch: what was signed before stays good, what comes after is signed by the next key. */
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSealer } from '../../server/lib/seal.js';
import { ensureKeys, rotateDueKeys, rotateKeys } from '../../server/lti/keys.js';
import { SigningKeyStore } from '../../server/store/signing-keys.js';
import { TestClock } from '../support/bridge.js';
import {
  codeOf,
  exchange,
  launch,
  refresh,
  resourceLaunch,
  startWorld,
  type World,
} from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const kidOf = (jwt: string) => decodeProtectedHeader(jwt).kid;
const published = async (path: string) =>
  ((await (await fetch(`${world.bridge.url}${path}`)).json()) as { keys: { kid: string }[] }).keys.map(
    ({ kid }) => kid,
  );
const verify = (jwt: string) =>
  jwtVerify(jwt, createRemoteJWKSet(new URL(`${world.bridge.url}/oauth/jwks`)), { issuer: world.bridge.url });

describe('keys for applications', () => {
  it('are published before they sign and after they have signed', async () => {
    const before = await exchange(world, codeOf(await launch(world, resourceLaunch())));
    const waiting = codeOf(await launch(world, resourceLaunch()));
    const announced = await published('/oauth/jwks');

    await rotateKeys(world.bridge.context, 'oauth');
    const after = await exchange(world, waiting);
    expect(after.status).toBe(200);
    expect(kidOf(after.body.id_token)).not.toBe(kidOf(before.body.id_token));
    expect(announced).toContain(kidOf(after.body.id_token));
    expect(await published('/oauth/jwks')).toContain(kidOf(before.body.id_token));
    await expect(verify(before.body.id_token)).resolves.toBeDefined();
    await expect(verify(after.body.id_token)).resolves.toBeDefined();
    expect((await refresh(world, before.body.refresh_token)).status).toBe(200);
  });
});

describe('keys for LMSs', () => {
  it('are published before they sign, without their private parts', async () => {
    const announced = await published('/lti/keys');
    await rotateKeys(world.bridge.context, 'lti');
    const jwt = await world.bridge.context.sign({ iss: 'x' });
    expect(announced).toContain(kidOf(jwt));
    expect(await published('/lti/keys')).toEqual(expect.arrayContaining(announced));
    const text = await (await fetch(`${world.bridge.url}/lti/keys`)).text();
    expect(JSON.parse(text).keys.flatMap(Object.keys)).not.toContain('d');
  });
});

it('launches go on while keys are rotated', async () => {
  const rotating = (async () => {
    for (let round = 0; round < 3; round += 1) {
      await rotateKeys(world.bridge.context, 'oauth');
      await rotateKeys(world.bridge.context, 'lti');
    }
  })();
  const answers = await Promise.all(
    Array.from({ length: 20 }, async () => exchange(world, codeOf(await launch(world, resourceLaunch())))),
  );
  await rotating;
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
}, 60_000);

describe('the operator', () => {
  it('sees the keys without their private parts, and rotates them by API', async () => {
    const before = (await world.bridge.admin('GET', 'keys')).body.items as any[];
    expect(Object.keys(before[0]).sort()).toEqual([
      'alg',
      'created_at',
      'id',
      'purpose',
      'retires_at',
      'state',
    ]);
    const idOf = (keys: any[], state: string) =>
      keys.find((key) => key.purpose === 'lti' && key.state === state).id;
    const after = (await world.bridge.admin('POST', 'keys/rotate', { purpose: 'lti' })).body.items as any[];
    expect(idOf(after, 'current')).toBe(idOf(before, 'next'));
    expect((await world.bridge.admin('POST', 'keys/rotate', { purpose: 'sandbox' })).status).toBe(400);
  });

  it('takes an old SECRET_KEY off the list once everything was sealed anew', async () => {
    const [older, newer] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const { database, now } = world.bridge.context;
    const store = (keys: Buffer[]) =>
      new SigningKeyStore({ database, now, sealer: createSealer(keys, 'signing keys') });
    await database.knex('signing_keys').delete();
    await ensureKeys({ signingKeys: store([older]), now });
    expect(await store([newer, older]).reseal()).toBe(6);
    expect(await store([newer, older]).reseal()).toBe(0);
    expect(await store([newer]).list('oauth')).toHaveLength(4);
    await expect(store([older]).list('oauth')).rejects.toThrow('SECRET_KEY');
  });

  it('has keys rotated on schedule: not a day early, and retired ones forgotten in the end', async () => {
    const { database } = world.bridge.context;
    const clock = new TestClock();
    const signingKeys = new SigningKeyStore({
      database,
      now: clock.now,
      sealer: createSealer([Buffer.alloc(32, 2)], 'signing keys'),
    });
    const needs = { signingKeys, now: clock.now };
    clock.advance(89 * 86_400);
    expect(await rotateDueKeys(needs, 90)).toEqual([]);
    clock.advance(2 * 86_400);
    expect(await rotateDueKeys(needs, 90)).toEqual(['lti', 'oauth']);
    expect(await rotateDueKeys(needs, 90)).toEqual([]);
    clock.advance(15 * 86_400);
    expect(await signingKeys.deleteRetired()).toBe(3);
  });
});
