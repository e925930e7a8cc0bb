/**
 * Launches as attackers, broken platforms and bad luck send them: each is refused by its code, leaves no row behind, and
 * can be looked up by the reference on its page. The last test walks the catalogue: a code without an attack fails.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { catalogue, type ErrorCode } from '../../server/lib/errors.js';
import { claimAttacks, identityAttacks, timeAttacks } from '../lti/attacks/claims.js';
import { keySetAttacks } from '../lti/attacks/key-sets.js';
import {
  another,
  clock,
  closeSetting,
  countFromHere,
  expectRefused,
  folder,
  forged,
  instead,
  keys,
  lti,
  openSetting,
  post,
  ready,
  rowsBefore,
  saying,
  world,
  type Attack,
} from '../lti/attacks/setting.js';
import {
  browserAttacks,
  connectionAttacks,
  loginAttacks,
  platformErrors,
  replays,
  stateAttacks,
} from '../lti/attacks/states.js';
import { formAttacks, signatureAttacks } from '../lti/attacks/tokens.js';
import { referenceOn } from '../lti/support/pages.js';
import { countRows, launchTables } from '../lti/support/stored.js';
import { base64url, partsOf, signAsWritten } from '../lti/support/tokens.js';
import { startBridge } from '../support/bridge.js';
import { TestBrowser, type Page } from '../support/browser.js';
import {
  codeOf,
  connect,
  createApplication,
  exchange,
  launch,
  refresh,
  refusalOf,
  resourceLaunch,
  startWorld,
} from '../support/world.js';

beforeAll(openSetting);
afterAll(closeSetting);
beforeEach(() => clock.advance(60));

/** Every attack by what it is made on. */
const tables: Record<string, Attack[]> = {
  'a login is refused': loginAttacks,
  'a launch is refused': stateAttacks,
  'a launch is refused that comes': browserAttacks,
  'instead of a launch, this is refused:': platformErrors,
  'a launch is refused, made': connectionAttacks,
  'a token is refused': [...signatureAttacks, ...formAttacks],
  'a message is refused': [...identityAttacks, ...claimAttacks],
  'a message is refused by its time': timeAttacks.map(([title, code, attack]) => [title, code, attack]),
  'a launch is refused from a platform': keySetAttacks,
  'a token is refused when it was': replays,
};

describe.each(Object.entries(tables))('%s', (group, attacks) => {
  it.each(attacks)('%s', async (_title, code, attack) => {
    await countFromHere();
    const page = await attack();
    await expectRefused(page, code);
    expect(await countRows(world.bridge, launchTables)).toEqual(rowsBefore);
    // Refused launches are kept for the operator; refused logins, which anybody can send, only in the log.
    const found = await lookUp(page);
    expect(found.map((one) => one.code)).toEqual(group === 'a login is refused' ? [] : [code]);
  });
});

/** What was kept of a refused launch under the reference on its page. */
async function lookUp(
  page: Page,
): Promise<{ code: string; detail: string | null; platform_id: string | null }[]> {
  const { status, body } = await world.bridge.admin('GET', `launches?reference=${referenceOn(page)}`);
  expect(status).toBe(200);
  return body.items;
}

it.each(timeAttacks)(
  'the operator reads how many seconds a launch was off: %s',
  async (_title, _code, attack, detail) => {
    const [found] = await lookUp(await attack());
    expect(found!.detail).toMatch(detail);
  },
);

describe('keys that come with a token', () => {
  it('are never used and never fetched', async () => {
    const attacker = await another({}, { keys: [keys[1]!] });
    const address = attacker.platform.platform.jwksUri;
    const own = keys[1]!.publicJwk;
    const headers: [Record<string, unknown>, ErrorCode][] = [
      [{ jwk: own }, 'launch_signature_invalid'],
      [{ jku: address }, 'launch_signature_invalid'],
      [{ x5u: address }, 'launch_signature_invalid'],
      [{ x5c: [base64url('certificate')] }, 'launch_signature_invalid'],
      [{ jwk: own, jku: address, x5u: address, x5t: 'x' }, 'launch_signature_invalid'],
      [{ jwk: own, jku: address, kid: keys[1]!.kid }, 'launch_kid_unknown'],
    ];
    for (const [header, code] of headers) {
      const page = await instead((parts) =>
        signAsWritten({ ...parts.header, ...header }, parts.claims, keys[1]!),
      )();
      await expectRefused(page, code);
    }
    expect(attacker.platform.keySetRequests).toBe(0);
  });
});

describe('an error of the platform', () => {
  const nasty = `<script>alert(1)</script>"'&${'x'.repeat(1_000)}`;
  const error = (fields: Record<string, string>) =>
    forged({ fields: ({ state }) => ({ state: state!, error: 'access_denied', ...fields }) })();

  it('is quoted as text, cut short', async () => {
    const page = await error({ error_description: nasty });
    expect(page.text).toContain('access_denied: &lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page.text).not.toContain('<script');
    expect(page.text).not.toContain('x'.repeat(300));
  });

  it('is not quoted where its code is none', async () => {
    const page = await error({ error: nasty });
    await expectRefused(page, 'launch_platform_error');
    expect(page.text).toContain('unreadable');
    expect(page.text).not.toContain('alert(1)');
  });

  it('is not quoted in a browser that did not ask: anybody can post words from anywhere', async () => {
    const { state } = await ready(new TestBrowser());
    const fields = {
      state,
      error: 'access_denied',
      error_description: 'Call 555-0100 and tell them your password',
    };
    for (const page of [
      await post(fields),
      await new TestBrowser().get(`${world.bridge.url}/lti/launch?${new URLSearchParams(fields)}`),
    ]) {
      await expectRefused(page, 'launch_platform_error');
      expect(page.text).not.toContain('555-0100');
    }
  });
});

describe('the page that looks for a proof', () => {
  it('holds what was posted as text, stores nothing, and does not trust it yet', async () => {
    const before = await countRows(world.bridge);
    const { state } = await ready(new TestBrowser());
    const page = await post({ state, id_token: '"><script>alert(1)</script>' });
    expect(page.status).toBe(200);
    expect(page.text).not.toContain('<script>alert');
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self'/);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(await countRows(world.bridge)).toEqual(before);
  });

  it('lets the launch go on with the secret that only this browser has', async () => {
    const browser = new TestBrowser();
    const fields = await ready(browser);
    const cookies = browser.cookiesOf(world.bridge.url);
    const secret = [...cookies].find(([name]) => name.startsWith('login_'))![1];
    cookies.clear();
    expect((await post({ ...fields, proof: secret }, browser)).status).toBe(303);
  });
});

describe('an accepted launch', () => {
  it('keeps its cookies for ten minutes, so that a reload is told what it is', async () => {
    const browser = new TestBrowser();
    const fields = await ready(browser);
    expect((await post(fields, browser)).status).toBe(303);
    expect(refusalOf(await post(fields, browser))).toBe('launch_replayed');
  });

  it('leaves the cookies of other logins alone', async () => {
    const browser = new TestBrowser();
    const [first, second] = [await ready(browser), await ready(browser)];
    expect((await post(second, browser)).status).toBe(303);
    expect((await post(first, browser)).status).toBe(303);
  });
});

describe('one token', () => {
  it('posted twice at once is accepted once, a hundred times over', async () => {
    const before = await countRows(world.bridge, ['launches']);
    const posts = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const browser = new TestBrowser();
        const fields = await ready(browser);
        return [() => post(fields, browser), () => post(fields, browser)];
      }),
    );
    const pages = await Promise.all(posts.flat().map((send) => send()));
    expect(pages.filter(({ status }) => status === 303)).toHaveLength(100);
    expect(pages.filter((page) => refusalOf(page) === 'launch_replayed')).toHaveLength(100);
    expect(await countRows(world.bridge, ['launches'])).toEqual({ launches: before.launches! + 100 });
  });

  it('posted to two bridges on one database is accepted once, fifty times over', async () => {
    const shared = { SECRET_KEY: randomBytes(32).toString('hex') };
    const first = await startWorld({
      environment: { ...shared, DATABASE_URL: `sqlite:${join(folder, 'shared.sqlite')}` },
    });
    const second = await startBridge({ ...shared, DATABASE_URL: first.bridge.context.config.database.url });
    try {
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, async () => {
          const browser = new TestBrowser();
          const { id_token, state } = await ready(browser, { of: first });
          for (const [name, value] of browser.cookiesOf(first.bridge.url))
            browser.cookiesOf(second.url).set(name, value);
          const pages = await Promise.all(
            [first.bridge.url, second.url].map((url) =>
              browser.post(`${url}/lti/launch`, { id_token, state }),
            ),
          );
          return pages.map((page) => refusalOf(page) ?? String(page.status)).sort();
        }),
      );
      expect(new Set(outcomes.map(String))).toEqual(new Set(['303,launch_replayed']));
      expect(await countRows(second, ['launches'])).toEqual({ launches: 50 });
    } finally {
      await second.stop();
      await first.stop();
    }
  });
});

describe('the keys of a platform', () => {
  it('are asked for once by 200 launches that come together', async () => {
    const own = await another();
    const launches = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const browser = new TestBrowser();
        const fields = await ready(browser, { of: own });
        return () => post(fields, browser);
      }),
    );
    expect(own.platform.keySetRequests).toBe(0);
    const pages = await Promise.all(launches.map((send) => send()));
    expect(pages.filter(({ status }) => status === 303)).toHaveLength(200);
    expect(own.platform.keySetRequests).toBe(1);
  });

  it('may change at any moment: a new one costs one request, however many meet it', async () => {
    const own = await another();
    expect((await launch(own, resourceLaunch())).status).toBe(303);
    own.platform.platform.keys.unshift(keys[1]!);
    expect((await launch(own, resourceLaunch())).status).toBe(303);
    expect(own.platform.keySetRequests).toBe(2);
    own.platform.platform.keys.unshift(keys[2]!);
    const pages = await Promise.all(Array.from({ length: 50 }, () => launch(own, resourceLaunch())));
    expect(pages.filter(({ status }) => status === 303)).toHaveLength(50);
    expect(own.platform.keySetRequests).toBe(3);
  });

  it('are asked for at most five times a minute more by 500 made-up kids', async () => {
    const own = await another();
    const browser = new TestBrowser();
    const { id_token, state } = await ready(browser, { of: own });
    expect((await launch(own, resourceLaunch())).status).toBe(303);
    const { header, claims } = partsOf(id_token);
    const madeUp = () =>
      post({ state, id_token: signAsWritten({ ...header, kid: randomUUID() }, claims, keys[0]!) }, browser);
    for (let i = 0; i < 20; i += 1) await expectRefused(await madeUp(), 'launch_kid_unknown');
    expect(own.platform.keySetRequests).toBe(6);
    for (let i = 0; i < 480; i += 48) {
      const pages = await Promise.all(Array.from({ length: 48 }, madeUp));
      expect(new Set(pages.map(refusalOf))).toEqual(new Set(['launch_kid_unknown']));
    }
    expect(own.platform.keySetRequests).toBe(6);
    own.platform.platform.keys.unshift(keys[1]!);
    clock.advance(60);
    expect((await launch(own, resourceLaunch())).status).toBe(303);
  });

  it('are believed for a day while they cannot be read', async () => {
    const own = await another();
    expect((await launch(own, resourceLaunch())).status).toBe(303);
    own.platform.answerKeySetBy((_request, response) => void response.writeHead(500).end());
    for (const hours of [1, 11, 11]) {
      clock.advance(hours * 3_600);
      expect((await launch(own, resourceLaunch())).status).toBe(303);
    }
    clock.advance(2 * 3_600);
    const page = await launch(own, resourceLaunch());
    await expectRefused(page, 'launch_keyset_unavailable');
    expect(page.headers.get('retry-after')).toBe('5');
    own.platform.answerKeySetBy(undefined);
    expect((await launch(own, resourceLaunch())).status).toBe(303);
  });
});

describe('a new deployment', () => {
  it('that was approved is let in from then on', async () => {
    const own = await another({ deployment_policy: 'approve' });
    await expectRefused(await launch(own, resourceLaunch()), 'launch_deployment_pending');
    await expectRefused(await launch(own, resourceLaunch()), 'launch_deployment_pending');
    const { body } = await world.bridge.admin('GET', `deployments?platform_id=${own.platformId}`);
    expect(body.items).toEqual([
      expect.objectContaining({ deployment_id: 'test-deployment', state: 'pending' }),
    ]);
    await world.bridge.admin('POST', `deployments/${body.items[0].id}/activate`);
    expect((await launch(own, resourceLaunch())).status).toBe(303);
  });

  it('leaves no trace where none are taken, and known ones are let in', async () => {
    const own = await another(
      { deployment_policy: 'closed', deployment_ids: ['known'] },
      { deploymentId: 'new' },
    );
    await expectRefused(await launch(own, resourceLaunch()), 'launch_deployment_unknown');
    const { body } = await world.bridge.admin('GET', `deployments?platform_id=${own.platformId}`);
    expect(body.items.map((one: { deployment_id: string }) => one.deployment_id)).toEqual(['known']);
    const known = { [`${lti}deployment_id`]: 'known' };
    const page = await launch(own, resourceLaunch(), {
      claims: known,
      loginParameters: { lti_deployment_id: 'known' },
    });
    expect(page.status).toBe(303);
  });

  it('of one customer is never taken for that of another one', async () => {
    const [first, second] = [await another(), await createApplication(world.bridge)];
    await connect(world.bridge, first.platform, second, { allow_duplicate: true });
    // The shared address would have to guess; nobody is let in by guessing.
    await expectRefused(await launch(first, resourceLaunch()), 'login_client_ambiguous');
  });
});

describe('people of a suspended platform', () => {
  it('are shut out everywhere at once, with what they hold already', async () => {
    const own = await startWorld();
    try {
      const { body } = await exchange(own, codeOf(await launch(own, resourceLaunch())));
      const unused = codeOf(await launch(own, resourceLaunch()));
      const profile = () =>
        fetch(`${own.bridge.url}/api/v2/my/profile`, {
          headers: { authorization: `Bearer ${body.access_token}` },
        });
      expect((await profile()).status).toBe(200);

      await own.bridge.admin('POST', `platforms/${own.platformId}/suspend`);
      await expectRefused(await launch(own, resourceLaunch()), 'launch_registration_inactive');
      expect(await exchange(own, unused)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
      expect(await refresh(own, body.refresh_token)).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
      expect((await profile()).status).toBe(403);

      await own.bridge.admin('POST', `platforms/${own.platformId}/activate`);
      expect((await launch(own, resourceLaunch())).status).toBe(303);
      expect((await profile()).status).toBe(200);
    } finally {
      await own.stop();
    }
  });
});

describe('a reference', () => {
  it('is found as a person reads it out, with platform, code and detail', async () => {
    const page = await saying({ roles: 5 })();
    const spoken = referenceOn(page)!.toLowerCase().replace('-', ' ');
    const { body } = await world.bridge.admin('GET', `launches?reference=${encodeURIComponent(spoken)}`);
    expect(body.items).toEqual([
      expect.objectContaining({
        state: 'refused',
        reference: referenceOn(page),
        platform_id: world.platformId,
        code: 'launch_claim_invalid',
        detail: 'roles: not a list of at most 200 texts',
      }),
    ]);
  });

  it('is another one for each refusal, and stands in the log too', async () => {
    const pages = await Promise.all(Array.from({ length: 20 }, () => post({})));
    expect(new Set(pages.map(referenceOn)).size).toBe(20);
    for (const page of pages)
      expect(world.bridge.logLines.filter((line) => line.includes(referenceOn(page)!))).toHaveLength(1);
  });

  it('is kept for a hundred and twenty refusals a minute, no flood', async () => {
    clock.advance(60);
    const before = await countRows(world.bridge, ['refused_launches']);
    await Promise.all(Array.from({ length: 200 }, () => post({})));
    const after = await countRows(world.bridge, ['refused_launches']);
    expect(after.refused_launches! - before.refused_launches!).toBe(120);
  });
});

it('the log has one line of JSON for each event, and no token, name or address of anybody', () => {
  const lines = world.bridge.logLines;
  expect(lines.length).toBeGreaterThan(500);
  for (const line of lines) {
    expect(line).toMatch(/^\{.*\}\n$/);
    expect(() => JSON.parse(line)).not.toThrow();
  }
  const all = lines.join('');
  for (const secret of ['eyJ', 'Ada', 'school.example', 'user-1', 'Fractions', 'login_hint=', 'id_token='])
    expect(all).not.toContain(secret);
});

it('every code of a login, a launch and a selection has its attack', () => {
  const attacked = new Set<string>(
    Object.values(tables).flatMap((attacks) => attacks.map(([, code]) => code)),
  );
  // What is posted to the page of a selection is attacked where that page is told.
  const ofSelections = readdirSync(import.meta.dirname)
    .filter((name) => name.startsWith('deep-linking'))
    .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
    .join('');
  const codes = Object.keys(catalogue).filter((code) => /^(login|launch|dl)_/.test(code));
  const unattacked = codes.filter(
    (code) => !attacked.has(code) && !(code.startsWith('dl_') && ofSelections.includes(`'${code}'`)),
  );
  expect(unattacked).toEqual([]);
});
