/** Attacks on a login and on what ties a launch to it: state, browser, platform, deployment (trust.md 1.1, J12, J18, J21). */
import { randomBytes, randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { createSealer } from '../../../server/lib/seal.js';
import { sealState } from '../../../server/lti/launch/state.js';
import { TestBrowser, type Page } from '../../support/browser.js';
import { connect, launch, refusalOf, resourceLaunch } from '../../support/world.js';
import { partsOf, respellSignature } from '../support/tokens.js';
import {
  another,
  claiming,
  clock,
  forged,
  keys,
  launchAndKeepCookies,
  post,
  ready,
  saying,
  world,
  type Attack,
} from './setting.js';

export const loginAttacks: Attack[] = [
  [
    'by a platform nobody knows',
    'login_issuer_unknown',
    forged({ loginParameters: { iss: 'https://evil.example' } }),
  ],
  ['without a hint', 'login_param_invalid', forged({ loginParameters: { login_hint: undefined } })],
  [
    'by an issuer with two connections, naming neither',
    'login_client_ambiguous',
    async () => {
      const issuer = `https://${randomUUID()}.example`;
      for (const client_id of ['one', 'two'])
        await connect(world.bridge, world.platform, world.application, { issuer, client_id });
      return forged({ loginParameters: { iss: issuer, client_id: undefined } })();
    },
  ],
  [
    'by a suspended platform',
    'launch_registration_inactive',
    async () => {
      const own = await another();
      await world.bridge.admin('POST', `platforms/${own.platformId}/suspend`);
      return launch(own, resourceLaunch());
    },
  ],
];

const changedState = (change: (state: string) => string) =>
  forged({ fields: (fields) => ({ ...fields, state: change(fields.state!) }) });

/** A state that names the right platform and nonce, sealed by somebody else; the browser has the right cookie. */
const sealedWith =
  (secretKeys: () => Buffer[], purpose = 'login state') =>
  async (): Promise<Page> => {
    const browser = new TestBrowser();
    const { id_token } = await ready(browser);
    const secret = [...browser.cookiesOf(world.bridge.url)].find(([name]) => name.startsWith('login_'))![1];
    const { state } = sealState(
      { stateSealer: createSealer(secretKeys(), purpose), now: clock.now },
      {
        platformId: world.platformId,
        targetLinkUri: resourceLaunch().targetLinkUri,
        deploymentHint: undefined,
        storageTarget: undefined,
      },
      secret,
    );
    browser.cookiesOf(world.bridge.url).set(`login_${state.slice(0, 12)}`, secret);
    return post({ id_token, state }, browser);
  };

export const stateAttacks: Attack[] = [
  ['with nothing at all', 'launch_state_missing', () => post({})],
  [
    'without a state',
    'launch_state_missing',
    forged({ fields: ({ id_token }) => ({ id_token: id_token! }) }),
  ],
  ['with an empty state', 'launch_state_missing', changedState(() => '')],
  [
    'as JSON',
    'launch_state_missing',
    async () => {
      const browser = new TestBrowser();
      const fields = await ready(browser);
      const response = await fetch(`${world.bridge.url}/lti/launch`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fields),
      });
      return {
        status: response.status,
        headers: response.headers,
        location: undefined,
        text: await response.text(),
      };
    },
  ],
  [
    'with a made-up state',
    'launch_state_invalid',
    changedState(() => randomBytes(200).toString('base64url')),
  ],
  [
    'with a made-up state that names our key',
    'launch_state_invalid',
    changedState((state) => `${randomBytes(300).toString('base64url')}.${state.split('.')[1]}`),
  ],
  ['with a state of one dot', 'launch_state_invalid', changedState(() => '.')],
  ['with a state of 5,000 letters', 'launch_state_invalid', changedState(() => 'x'.repeat(5_000))],
  ['with a state cut short', 'launch_state_invalid', changedState((state) => state.slice(1))],
  ['with a state that goes on', 'launch_state_invalid', changedState((state) => `${state}x`)],
  ['with white space around the state', 'launch_state_invalid', changedState((state) => ` ${state} `)],
  ['with padding in the state', 'launch_state_invalid', changedState((state) => state.replace('.', '==.'))],
  [
    'with a bit of the state changed',
    'launch_state_invalid',
    changedState((state) => {
      const [body, key] = state.split('.');
      const bytes = Buffer.from(body!, 'base64url');
      bytes[20] = bytes[20]! ^ 1;
      return `${bytes.toString('base64url')}.${key}`;
    }),
  ],
  [
    'with two states',
    'launch_state_invalid',
    forged({
      fields: ({ id_token, state }) => ({ id_token: id_token!, 'state[0]': state!, 'state[1]': state! }),
    }),
  ],
  ['with a state sealed by another key', 'launch_state_invalid', sealedWith(() => [randomBytes(32)])],
  [
    'with a state sealed by our key for another purpose',
    'launch_state_invalid',
    sealedWith(() => world.bridge.context.config.secretKeys, 'signing keys'),
  ],
  [
    'more than ten minutes after the login',
    'launch_state_expired',
    forged({ afterLogin: () => clock.advance(601) }),
  ],
  [
    'with a good state that belongs to another nonce',
    'launch_nonce_invalid',
    sealedWith(() => world.bridge.context.config.secretKeys),
  ],
];

/** What a page without the right cookie ends in: it asks the browser's storages, and posts again what it found. */
async function proving(browser: TestBrowser, fields: Record<string, string>, proof: string): Promise<Page> {
  const held = await post(fields, browser);
  expect([held.status, refusalOf(held)]).toEqual([200, undefined]);
  expect(held.text).toContain('name="proof"');
  return post({ ...fields, proof }, browser);
}

export const browserAttacks: Attack[] = [
  [
    'in a browser that the login did not begin in',
    'launch_state_browser_mismatch',
    async () => proving(new TestBrowser(), await ready(new TestBrowser()), ''),
  ],
  [
    'in a browser with a login of its own',
    'launch_state_browser_mismatch',
    async () => {
      const victim = new TestBrowser();
      await ready(victim);
      return proving(victim, await ready(new TestBrowser()), '');
    },
  ],
  [
    "in a browser whose own login's cookie was renamed",
    'launch_state_browser_mismatch',
    async () => {
      const victim = new TestBrowser();
      await ready(victim);
      const fields = await ready(new TestBrowser());
      const cookies = victim.cookiesOf(world.bridge.url);
      const secret = [...cookies].find(([name]) => name.startsWith('login_'))![1];
      cookies.set(`login_${fields.state.slice(0, 12)}`, secret);
      cookies.set(`login_${fields.state.slice(0, 12)}_u`, secret);
      return proving(victim, fields, secret);
    },
  ],
  [
    'with an empty cookie and an empty proof',
    'launch_state_browser_mismatch',
    async () => {
      const fields = await ready(new TestBrowser());
      const victim = new TestBrowser();
      victim.cookiesOf(world.bridge.url).set(`login_${fields.state.slice(0, 12)}`, '');
      return proving(victim, fields, '');
    },
  ],
  [
    'with a proof that was made up',
    'launch_state_browser_mismatch',
    async () =>
      proving(new TestBrowser(), await ready(new TestBrowser()), randomBytes(32).toString('base64url')),
  ],
  [
    'with a proof taken from the state',
    'launch_state_browser_mismatch',
    async () => {
      const fields = await ready(new TestBrowser());
      return proving(new TestBrowser(), fields, fields.state.slice(0, 43));
    },
  ],
  [
    'with a proof that is too long to be one',
    'launch_token_malformed',
    async () => post({ ...(await ready(new TestBrowser())), proof: 'x'.repeat(65) }),
  ],
  [
    'a second time, when its cookies are gone',
    'launch_state_browser_mismatch',
    async () => {
      const { fields } = await launchAndKeepCookies(new TestBrowser());
      return proving(new TestBrowser(), fields, '');
    },
  ],
];

export const platformErrors: Attack[] = [
  [
    'an error of the platform',
    'launch_platform_error',
    forged({
      fields: ({ state }) => ({ state: state!, error: 'login_required', error_description: 'Session over' }),
    }),
  ],
  [
    'an error of the platform without words',
    'launch_platform_error',
    forged({ fields: ({ state }) => ({ state: state!, error: 'launch_no_longer_valid' }) }),
  ],
  [
    'an error of the platform beside a good token',
    'launch_platform_error',
    forged({ fields: (fields) => ({ ...fields, error: 'access_denied' }) }),
  ],
  [
    'an error of the platform in the address',
    'launch_platform_error',
    async () => {
      const browser = new TestBrowser();
      const { state } = await ready(browser);
      return browser.get(
        `${world.bridge.url}/lti/launch?${new URLSearchParams({ state, error: 'access_denied' })}`,
      );
    },
  ],
  ['an error without a state', 'launch_state_missing', () => post({ error: 'login_required' })],
  [
    'an error with a made-up state',
    'launch_state_invalid',
    () => post({ error: 'login_required', state: 'x' }),
  ],
  [
    'neither a token nor an error',
    'launch_token_malformed',
    forged({ fields: ({ state }) => ({ state: state! }) }),
  ],
  [
    'an empty token',
    'launch_token_malformed',
    forged({ fields: ({ state }) => ({ state: state!, id_token: '' }) }),
  ],
  [
    'two tokens',
    'launch_token_malformed',
    forged({
      fields: ({ id_token, state }) => ({
        state: state!,
        'id_token[0]': id_token!,
        'id_token[1]': id_token!,
      }),
    }),
  ],
  [
    'a token in the address, where logs would keep it',
    'launch_token_malformed',
    async () => {
      const browser = new TestBrowser();
      const { id_token, state } = await ready(browser);
      return browser.get(`${world.bridge.url}/lti/launch?${new URLSearchParams({ id_token, state })}`);
    },
  ],
  [
    'the token in the address and the state in the form',
    'launch_token_malformed',
    async () => {
      const browser = new TestBrowser();
      const { id_token, state } = await ready(browser);
      return browser.post(`${world.bridge.url}/lti/launch?${new URLSearchParams({ id_token })}`, { state });
    },
  ],
];

export const connectionAttacks: Attack[] = [
  ...(['pending', 'suspended'] as const).map((state): Attack => [
    `by a platform that became ${state} after the login`,
    'launch_registration_inactive',
    async () => {
      const own = await another();
      return launch(own, resourceLaunch(), {
        afterLogin: async () => {
          await world.bridge.context.platforms.update(own.platformId, { state });
        },
      });
    },
  ]),
  [
    'by a platform that was deleted after the login',
    'launch_registration_inactive',
    async () => {
      const own = await another();
      return launch(own, resourceLaunch(), {
        afterLogin: async () => {
          await world.bridge.admin('DELETE', `platforms/${own.platformId}`);
        },
      });
    },
  ],
  [
    'from a deployment of which a closed platform has not been told',
    'launch_deployment_unknown',
    async () =>
      launch(await another({ deployment_policy: 'closed', deployment_ids: ['known'] }), resourceLaunch()),
  ],
  [
    'from a new deployment that somebody has to approve',
    'launch_deployment_pending',
    async () => launch(await another({ deployment_policy: 'approve' }), resourceLaunch()),
  ],
  [
    'from a suspended deployment',
    'launch_deployment_unknown',
    async () => {
      const own = await another({ deployment_ids: ['test-deployment'] });
      const { body } = await world.bridge.admin('GET', `deployments?platform_id=${own.platformId}`);
      await world.bridge.admin('POST', `deployments/${body.items[0].id}/suspend`);
      return launch(own, resourceLaunch());
    },
  ],
  [
    'from another deployment than the login spoke of',
    'launch_claim_invalid',
    saying({ deployment_id: 'another-deployment' }),
  ],
  // Mix-up (RFC 9700 section 4.4): the state of one platform, a good token of another.
  [
    "with another platform's token, signed by keys of its own",
    'launch_kid_unknown',
    async () => {
      const other = await another({}, { keys: [keys[1]!] });
      return forged({
        token: (signed) =>
          other.platform.platform.sign({ ...partsOf(signed).claims, iss: other.platform.origin }),
      })();
    },
  ],
  [
    "with another platform's token, signed by the same keys",
    'launch_issuer_mismatch',
    async () => {
      const other = await another();
      return forged({
        token: (signed) =>
          other.platform.platform.sign({ ...partsOf(signed).claims, iss: other.platform.platform.issuer }),
      })();
    },
  ],
  [
    'with a token for another tool of the same platform',
    'launch_audience_mismatch',
    claiming({ aud: 'other-tool' }),
  ],
];

/** A good launch, and then its token once more, changed or not, by a browser that keeps its cookies. */
const onceMore =
  (change: (fields: { id_token: string; nonce: string }) => string | Promise<string>) =>
  async (): Promise<Page> => {
    const browser = new TestBrowser();
    const { fields, putBack } = await launchAndKeepCookies(browser);
    putBack();
    return post({ state: fields.state, id_token: await change(fields) }, browser);
  };

export const replays: Attack[] = [
  ['accepted a moment ago', 'launch_replayed', onceMore(({ id_token }) => id_token)],
  [
    'accepted a moment ago in another spelling',
    'launch_replayed',
    onceMore(({ id_token }) => respellSignature(id_token)),
  ],
  [
    'signed anew for a login that is spent',
    'launch_replayed',
    onceMore(({ nonce }) => {
      const { platform } = world.platform;
      return platform.sign({ ...platform.claims(resourceLaunch(), nonce), iat: clock.seconds() - 5 });
    }),
  ],
];
