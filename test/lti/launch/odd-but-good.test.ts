/** Launches that look odd and are good: what real LMSs send must not end on a page of ours, and arrives as it was said. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { MessageDraft } from '../../../server/sandbox/lms/message.js';
import type { Page } from '../../support/browser.js';
import { codeOf, exchange, launch, refusalOf, resourceLaunch, selectLaunch } from '../../support/world.js';
import { jwks } from '../attacks/key-sets.js';
import {
  another,
  at,
  claiming,
  clientId,
  clock,
  closeSetting,
  expectRefused,
  forged,
  lti,
  openSetting,
  reviewLaunch,
  saying,
  spelled,
  withHeader,
  world,
} from '../attacks/setting.js';
import { launchTables } from '../support/stored.js';
import { partsOf, signBy } from '../support/tokens.js';

beforeAll(openSetting);
afterAll(closeSetting);
beforeEach(() => clock.advance(60));

describe('this is let in all the same:', () => {
  const accepted: [title: string, launching: () => Promise<Page>][] = [
    ['a token that expired 59 seconds ago', () => claiming({ exp: at(-59), iat: at(-119) })()],
    ['a token made 59 seconds ahead', () => claiming({ iat: at(59) })()],
    ['a token good in 59 seconds', () => claiming({ nbf: at(59) })()],
    ['a token made 59 minutes ago', () => claiming({ iat: at(-3_540) })()],
    ['a token that lasts a day', () => claiming({ exp: at(86_400), iat: at(0) })()],
    ['times with fractions', () => claiming({ exp: at(60.5), iat: at(-0.25), nbf: at(0.75) })()],
    ['an nbf that is null', claiming({ nbf: null })],
    ['an azp that is null', claiming({ azp: null })],
    ['our azp', claiming({ azp: clientId })],
    ['a list of us for an audience', claiming({ aud: [clientId] })],
    ['us and others for an audience, with our azp', claiming({ aud: ['other', clientId], azp: clientId })],
    ['a header without typ', withHeader({ typ: undefined })],
    [
      'a header of another typ, with members nobody knows',
      withHeader({ typ: 'at+jwt', cty: 'x', zip: 'DEF', x: {} }),
    ],
    ['no roles at all', saying({ roles: [] })],
    ['200 roles', saying({ roles: Array.from({ length: 200 }, (_, i) => `role ${i}`) })],
    ['roles that are null in a selection', saying({ roles: null }, selectLaunch)],
    ['no roles in a selection', saying({ roles: undefined }, selectLaunch)],
    ['another target in a review', saying({ target_link_uri: 'https://tool.example/review' }, reviewLaunch)],
    [
      'a target with one percent-encoding more',
      forged({
        loginParameters: { target_link_uri: 'https://tool.example/a?b=c%20d' },
        claims: { [`${lti}target_link_uri`]: 'https://tool.example/a?b=c%2520d' },
      }),
    ],
    [
      'a target with one percent-encoding less',
      forged({
        loginParameters: { target_link_uri: 'https://tool.example/a?b=c%2520d' },
        claims: { [`${lti}target_link_uri`]: 'https://tool.example/a?b=c%20d' },
      }),
    ],
    ['a login that spoke of no deployment', forged({ loginParameters: { lti_deployment_id: undefined } })],
    [
      'empty texts and nulls for all that may be left out',
      claiming({
        name: '',
        email: '',
        given_name: null,
        picture: null,
        locale: '',
        [`${lti}context`]: null,
        [`${lti}custom`]: null,
        [`${lti}tool_platform`]: { guid: '' },
        [`${lti}lis`]: null,
        [`${lti}launch_presentation`]: null,
      }),
    ],
    [
      'numbers and lists for what only tells something',
      claiming({
        name: 5,
        email: ['a'],
        locale: {},
        [`${lti}custom`]: 'x',
        [`${lti}tool_platform`]: { guid: 7, name: [] },
        [`${lti}lis`]: 1,
        [`${lti}context`]: [],
        [`${lti}launch_presentation`]: 'iframe',
      }),
    ],
    [
      'custom parameters of 4,096 letters',
      saying({
        custom: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`c${i}`, 'x'.repeat(4_096)])),
      }),
    ],
    [
      '100 custom parameters',
      saying({ custom: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`c${i}`, `${i}`])) }),
    ],
    [
      'names that are used in JavaScript',
      spelled((json) =>
        json.replace(
          /\}$/,
          ',"__proto__":{"admin":true},"constructor":{"prototype":{}},"toString":1,"hasOwnProperty":null}',
        ),
      ),
    ],
  ];

  it.each(accepted)('%s', async (_title, launching) => {
    const page = await launching();
    expect(refusalOf(page)).toBeUndefined();
    expect(codeOf(page)).toMatch(/^[\w-]{43,}$/);
  });

  it.each(['RS384', 'RS512', 'ES256', 'ES384'])(
    'a token signed with %s, where the platform said that it would',
    async (alg) => {
      const isElliptic = alg.startsWith('ES');
      const namedCurve = alg === 'ES384' ? 'P-384' : 'P-256';
      const { privateKey, publicKey } = isElliptic
        ? generateKeyPairSync('ec', { namedCurve })
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
      const own = await another({ id_token_signing_algs: [alg] });
      own.platform.answerKeySetBy(jwks(() => ({ ...publicKey.export({ format: 'jwk' }), kid: 'one' })));
      const sign = (signed: string, by: string) =>
        signBy(by, { kid: 'one' }, partsOf(signed).claims, privateKey);
      expect((await launch(own, resourceLaunch(), { token: (signed) => sign(signed, alg) })).status).toBe(
        303,
      );
      // Only what it said: not the usual one either.
      await expectRefused(await launch(own, resourceLaunch()), 'launch_alg_not_allowed');
    },
  );

  it('a migration claim with a wrong signature, which links nobody to anybody', async () => {
    const person = async (draft: MessageDraft) => {
      const { body } = await exchange(world, codeOf(await launch(world, draft)));
      return JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString()).sub;
    };
    const migrating = { user_id: 'user-1', oauth_consumer_key: 'key', oauth_consumer_key_sign: 'wrong' };
    const victim = await person(resourceLaunch());
    const thief = await person(
      resourceLaunch({ person: { id: 'thief' }, claims: { [`${lti}lti1p1`]: migrating } }),
    );
    expect(thief).not.toBe(victim);
  });
});

describe('what is odd in a message', () => {
  it('is kept as data: names of JavaScript, other scripts, NUL', async () => {
    const custom = {
      ['__proto__']: 'p',
      constructor: 'c',
      toString: 't',
      rtl: 'a\u202eb\u200f',
      emoji: '👩🏽‍🏫',
      nul: 'a\u0000b',
      half: 'a\ud800b',
      markup: '<script>',
    };
    const draft = resourceLaunch({
      person: {
        id: 'odd-user',
        name: 'N\u0000ul \u202eevil 👩🏽‍🏫 \ud800',
        givenName: "Robert'); DROP TABLE people;--",
        email: 'a\u0000@school.example',
      },
      context: { id: 'odd-course', title: 'T\u0000 \u202e', label: '<b>' },
      resourceLink: { id: 'odd-link', title: '\u0000' },
      lineItem: 'https://lms.example/items/\u0000odd',
      claims: { [`${lti}custom`]: custom, [`${lti}tool_platform`]: { guid: 'odd-guid', name: 'N\u0000' } },
    });
    const { body } = await exchange(world, codeOf(await launch(world, draft)));
    expect(JSON.stringify(body.context.custom)).toBe(
      JSON.stringify({ ...custom, ['__proto__']: 'p', half: 'a\ufffdb' }),
    );
    expect(body.context.class).toMatchObject({ name: 'T \u202e', description: '<b>' });
    const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString());
    expect(claims).toMatchObject({
      name: 'Nul \u202eevil 👩🏽‍🏫 \ufffd',
      given_name: "Robert'); DROP TABLE people;--",
      email: 'a@school.example',
    });
  });

  it('never reaches a column as a NUL, which PostgreSQL cannot keep', async () => {
    const { knex } = world.bridge.context.database;
    for (const table of [...launchTables, 'refused_launches', 'deployments', 'platforms']) {
      for (const row of await knex(table)) {
        const withNul = Object.entries(row).filter(
          ([, value]) => typeof value === 'string' && value.includes('\u0000'),
        );
        expect([table, withNul]).toEqual([table, []]);
      }
    }
  });
});
