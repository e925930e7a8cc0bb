/**
 * The pages that people meet, in a real browser: readable by everybody, from 320 pixels on and from either side, silent
 * while they move on by themselves, and telling the LMS of a refusal only when the LMS itself was heard before.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { loadTexts } from '../../server/http/texts.js';
import { packageRoot } from '../../server/lib/package-root.js';
import type { MessageDraft } from '../../server/sandbox/lms/message.js';
import { axeFindings, openBrowser } from '../support/chromium.js';
import { generatePlatformKey } from '../../server/sandbox/lms/platform.js';
import {
  beginLogin,
  launch,
  refusalOf,
  resourceLaunch,
  selectLaunch,
  startWorld,
  type Forgery,
  type World,
} from '../support/world.js';

/** Everything in order. */
let world: World;
/** A platform whose deployments wait for the operator: its messages are verified, and refused all the same. */
let pending: World;
let browser: Browser;
/** The application's own page: somewhere a launch can end, with a button that selects. */
const applicationServer = createServer((_request, response) => {
  response.setHeader('Content-Type', 'text/html');
  response.end(`<!doctype html><title>Application</title><h1>Application</h1>
<button onclick="parent.postMessage({ type: 'lti', title: 'Fractions' }, '*')">Choose</button>`);
});
let application: string;

beforeAll(async () => {
  applicationServer.listen(0, '127.0.0.1');
  await once(applicationServer, 'listening');
  application = `http://localhost:${(applicationServer.address() as AddressInfo).port}`;
  world = await startWorld({ application: { redirect_uris: [`${application}/callback`] } });
  pending = await startWorld({ registration: { deployment_policy: 'approve' } });
  browser = await openBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await world?.stop();
  await pending?.stop();
  applicationServer.closeAllConnections();
  applicationServer.close();
});

/** Runs in a browser of its own, which is gone afterwards. */
async function inBrowser<Result>(
  options: BrowserContextOptions,
  work: (page: Page) => Promise<Result>,
): Promise<Result> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, ...options });
  try {
    return await work(await context.newPage());
  } finally {
    await context.close();
  }
}

/** Where an LMS sends the browser to begin a launch. */
function loginAddress(
  { bridge, platform }: World,
  draft: MessageDraft = resourceLaunch(),
  changes: Record<string, string> = {},
): string {
  return `${bridge.url}/lti/login?${new URLSearchParams({ ...platform.platform.startLogin(draft), ...changes })}`;
}

/** Opens the login as an LMS would, and does not wait for a page that is left at once. */
async function begin(page: Page, ...login: Parameters<typeof loginAddress>): Promise<void> {
  await page.goto(loginAddress(...login), { waitUntil: 'commit' });
}

/** A script of ours that never comes leaves its page as it is for a slow one. */
async function withoutScript(page: Page, name: string): Promise<void> {
  await page.route(`**/assets/${name}`, (route) => route.abort());
}

/** A browser that keeps nothing for us, as some do inside a frame. */
async function withoutStorages(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const scope = globalThis as unknown as { Document: { prototype: object } };
    Object.defineProperty(scope.Document.prototype, 'cookie', { get: () => '' });
    Object.defineProperty(globalThis, 'sessionStorage', { get: () => undefined });
  });
}

/** Posts what a platform would post, from a browser in which no login began. */
async function postLaunch(page: Page, draft: MessageDraft = resourceLaunch()): Promise<void> {
  const { platform } = world.platform;
  const { request } = await beginLogin(world, platform.startLogin(draft));
  const fields = {
    id_token: await platform.sign(platform.claims(draft, request.nonce!)),
    state: request.state!,
  };
  const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
  const lms = 'http://lms.localhost/';
  await page.route(lms, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<form method="post" action="${world.bridge.url}/lti/launch">${inputs.join('')}<button>Send</button></form>`,
    }),
  );
  await page.goto(lms);
  await Promise.all([page.waitForURL('**/lti/launch'), page.getByRole('button').click()]);
}

const returnUrl = () => `${pending.platform.origin}/back?course=7`;
const withWayBack = (changes: Partial<MessageDraft> = {}) =>
  resourceLaunch({ presentation: { returnUrl: returnUrl() }, ...changes });

/** Every page and every state of it, and how a browser gets there. */
const pages: Record<string, (page: Page) => Promise<void>> = {
  async 'a refusal'(page) {
    await page.goto(`${world.bridge.url}/lti/launch`);
  },
  async 'an address that leads nowhere'(page) {
    await page.goto(`${world.bridge.url}/nowhere`);
  },
  async 'a refusal that says what the browser lacks'(page) {
    await postLaunch(page);
    await page.getByText('launch_state_browser_mismatch').waitFor();
  },
  async 'a refusal with the way back to the course'(page) {
    await begin(page, pending, withWayBack());
    await page.getByText('launch_deployment_pending').waitFor();
  },
  async 'a refusal with the words of the platform'(page) {
    await begin(page, world, resourceLaunch(), { lti_message_hint: 'unknown' });
    await page.locator('q').waitFor();
  },
  async 'the login page, waiting'(page) {
    await withoutScript(page, 'login.js');
    await page.goto(loginAddress(world));
    await page.locator('#continue').waitFor();
  },
  async 'the login page, offering a new window'(page) {
    await withoutStorages(page);
    await begin(page, world);
    await page.locator('#new-window').waitFor();
  },
  async 'the login page, gone on in a new window'(page) {
    await pages['the login page, offering a new window']!(page);
    await page.locator('#new-window button').click();
    await page.locator('#opened').waitFor();
  },
  async 'the page that proves the browser'(page) {
    await withoutScript(page, 'proof.js');
    await postLaunch(page);
    await page.locator('#proof h1').waitFor();
  },
  async 'the listener with a notice'(page) {
    await page.route('**/lti/deep-link/*', (route) => route.abort());
    await begin(page, world, selectLaunch());
    await page.frameLocator('#application').getByRole('button').click();
    await page.locator('#notice').waitFor();
  },
  async 'an application that asks for too little'(page) {
    await page.goto(`${world.bridge.url}/oauth/authorize`);
  },
  async home(page) {
    await page.goto(world.bridge.url);
  },
};

const text = loadTexts(packageRoot);

describe.each(Object.entries(pages))('%s', (_name, open) => {
  it.each([
    ['en-GB', 'en', 'ltr'],
    ['ar', 'ar', 'rtl'],
  ])('reads well in %s, narrow and wide, light and dark', (locale, lang, dir) =>
    inBrowser({ locale }, async (page) => {
      await open(page);
      await page.waitForLoadState();
      expect(await languageOf(page)).toBe(`${lang} ${dir}`);
      expect(await page.locator('main').count()).toBe(1);
      expect(await page.locator('h1:visible').count()).toBe(1);
      for (const [width, colorScheme] of [
        [1280, 'light'],
        [320, 'light'],
        [320, 'dark'],
      ] as const) {
        await page.setViewportSize({ width, height: 640 });
        await page.emulateMedia({ colorScheme });
        expect([width, colorScheme, await axeFindings(page)]).toEqual([width, colorScheme, []]);
        expect([width, await overflowing(page)]).toEqual([width, []]);
        expect([width, await buttonsTooSmall(page)]).toEqual([width, []]);
      }
      await page.evaluate(twiceTheSize);
      expect(await overflowing(page)).toEqual([]);
    }),
  );

  it('has room for the long words of German, in letters of twice the size at 320 pixels', () =>
    inBrowser({ locale: 'de', viewport: { width: 320, height: 640 } }, async (page) => {
      await open(page);
      await page.waitForLoadState();
      await page.evaluate(twiceTheSize);
      expect(await overflowing(page)).toEqual([]);
    }));
});

const twiceTheSize = "void (document.documentElement.style.fontSize = '200%')";

function languageOf(page: Page): Promise<string> {
  return page.evaluate('`${document.documentElement.lang} ${document.documentElement.dir}`');
}

/** What reaches over the sides of the window, and what is cut off. */
function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(`
    [document.documentElement, ...document.querySelectorAll('main *')]
      .filter((element) => !element.closest('.for-screen-readers, iframe, template'))
      .filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        return width > 0 && (left < 0 || right > innerWidth + 0.5 || element.scrollWidth > Math.ceil(width));
      })
      .map((element) => element.outerHTML.slice(0, 120))`);
}

/** WCAG 2.2 asks for 24 pixels; a thumb on a tablet asks for 44. */
function buttonsTooSmall(page: Page): Promise<string[]> {
  return page.evaluate(`
    [...document.querySelectorAll('.button')]
      .filter((button) => button.offsetParent !== null && Math.min(button.offsetWidth, button.offsetHeight) < 44)
      .map((button) => button.outerHTML.slice(0, 120))`);
}

describe('where a reader starts', () => {
  it.each(['a refusal', 'an application that asks for too little'])('is the heading of %s', (name) =>
    inBrowser({}, async (page) => {
      await pages[name]!(page);
      expect(await page.evaluate('document.activeElement.outerHTML')).toContain('<h1');
    }),
  );

  it.each([
    ['the login page, offering a new window', 'new-window'],
    ['the login page, gone on in a new window', 'opened'],
  ])('is the heading that has just appeared: %s', (name, section) =>
    inBrowser({}, async (page) => {
      await pages[name]!(page);
      expect(await page.evaluate('document.activeElement.matches("h1")')).toBe(true);
      expect(await page.evaluate('document.activeElement.parentElement.id')).toBe(section);
    }),
  );
});

describe('a page that moves on by itself', () => {
  it.each([
    ['the login page', 'login.js', (page: Page) => page.goto(loginAddress(world))],
    ['the page that proves the browser', 'proof.js', (page: Page) => postLaunch(page)],
  ])(
    'shows nothing readable in its first second, with or without motion: %s',
    async (_name, script, open) => {
      for (const reducedMotion of ['no-preference', 'reduce'] as const) {
        await inBrowser({ reducedMotion }, async (page) => {
          await withoutScript(page, script);
          await open(page);
          await page.locator('main.later').waitFor({ state: 'attached' });
          // The clock of the animation instead of the wall's, which runs as it likes on a busy machine.
          const readableAt = (milliseconds: number) =>
            page.evaluate<string>(`
            for (const animation of document.getAnimations()) {
              animation.pause();
              animation.currentTime = ${milliseconds};
            }
            document.querySelector('main').innerText.trim()`);
          expect([reducedMotion, await page.evaluate('document.getAnimations().length')]).toEqual([
            reducedMotion,
            1,
          ]);
          for (const moment of [0, 500, 999]) {
            expect([reducedMotion, moment, await readableAt(moment)]).toEqual([reducedMotion, moment, '']);
          }
          expect(await readableAt(1_300)).toContain('Opening…');
        });
      }
    },
  );

  it('is never seen by a browser that keeps what it is given', () =>
    inBrowser({}, async (page) => {
      const addresses: string[] = [];
      page.on('framenavigated', (frame) => addresses.push(new URL(frame.url()).pathname));
      await begin(page, world);
      await page.waitForURL(`${application}/callback?*`);
      expect(addresses).toEqual(['/lti/login', '/lti/authorize', '/callback']);
    }));
});

describe('without JavaScript', () => {
  const withoutJavaScript = { javaScriptEnabled: false };

  it('the login page reaches the platform by its refresh, and the launch goes on from there', () =>
    inBrowser(withoutJavaScript, async (page) => {
      await begin(page, world);
      await page.waitForURL(`${world.platform.platform.authorizationEndpoint}?*`);
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.waitForURL(`${application}/callback?*`);
      expect(new URL(page.url()).searchParams.get('code')).not.toBeNull();
    }));

  it('the login page reaches the platform by its link too', () =>
    inBrowser(withoutJavaScript, async (page) => {
      await page.route('**/lti/login?*', async (route) => {
        const response = await route.fetch();
        const body = (await response.text()).replace(/<meta http-equiv="refresh"[^>]*>/, '');
        await route.fulfill({ response, body });
      });
      await page.goto(loginAddress(world));
      expect(page.url()).toContain('/lti/login?');
      await page.locator('#continue').click();
      await page.waitForURL(`${world.platform.platform.authorizationEndpoint}?*`);
      expect(new URL(page.url()).searchParams.get('redirect_uri')).toBe(`${world.bridge.url}/lti/launch`);
    }));

  it('the page that proves the browser says what to do instead', () =>
    inBrowser(withoutJavaScript, async (page) => {
      await postLaunch(page);
      const words = page.locator('noscript p');
      await words.waitFor();
      expect(await words.innerText()).toBe(text.english.t('no_script'));
    }));
});

describe('the way back to the course', () => {
  it('takes the sentence and the reference to a platform whose message was verified', () =>
    inBrowser({}, async (page) => {
      await pages['a refusal with the way back to the course']!(page);
      const reference = await page.locator('dd').first().innerText();
      expect(reference).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
      const [request] = await Promise.all([
        page.waitForRequest(`${pending.platform.origin}/back?*`),
        page.getByRole('link', { name: 'Return to the course' }).click(),
      ]);
      expect([...new URL(request.url()).searchParams]).toEqual([
        ['course', '7'],
        ['lti_errormsg', text.english.sentence('launch_deployment_pending')],
        ['lti_errorlog', `launch_deployment_pending ${reference}`],
      ]);
      // The operator finds it by what the person reads out.
      expect(pending.bridge.logLines.filter((line) => line.includes(reference)).join()).toContain(
        'launch_deployment_pending',
      );
    }));

  it.each<[string, string, () => Forgery | Promise<Forgery>]>([
    ['a signature that is not valid', 'launch_signature_invalid', () => ({ token: spoil })],
    [
      'a key that the platform does not publish',
      'launch_kid_unknown',
      async () => {
        const key = await generatePlatformKey();
        return { token: (signed) => world.platform.platform.sign(claimsOf(signed), {}, key) };
      },
    ],
    ['another audience', 'launch_audience_mismatch', () => ({ claims: { aud: 'another-client' } })],
    ['a nonce of no login', 'launch_nonce_invalid', () => ({ claims: { nonce: 'n'.repeat(43) } })],
    ['a time long past', 'launch_expired', () => ({ claims: { iat: 1_000_000, exp: 1_000_300 } })],
    ['a state of no login', 'launch_state_invalid', () => ({ fields: (all) => ({ ...all, state: 'x' }) })],
  ])('is never told by a message with %s', async (_what, code, forge) => {
    const page = await launch(world, withWayBack(), await forge());
    expect(refusalOf(page)).toBe(code);
    expect(page.text).not.toContain('lti_error');
    expect(page.text).not.toContain('/back');
    expect(page.text).not.toContain('class="button"');
  });

  it('is never an address that a browser would run', async () => {
    for (const address of ['javascript:alert(1)', 'data:text/html,x', 'not an address', '//evil.example/']) {
      const page = await launch(pending, resourceLaunch({ presentation: { returnUrl: address } }));
      expect([address, page.status]).toEqual([address, expect.any(Number)]);
      expect(page.status).toBeGreaterThanOrEqual(400);
      expect(page.text).not.toContain('class="button"');
    }
  });
});

/** The same token with a signature of other bytes. */
function spoil(signed: string): string {
  const [header, payload, signature] = signed.split('.') as [string, string, string];
  return [header, payload, signature.split('').reverse().join('')].join('.');
}

function claimsOf(signed: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(signed.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
}

describe('the language of a refusal', () => {
  const arabic = () => text.languageOf({ state: { locale: 'ar' }, get: () => '' } as never);
  const german = () => text.languageOf({ state: { locale: 'de' }, get: () => '' } as never);

  it.each([{ locale: 'ar' }, { locale: 'ar_SA' }])('is that of a verified launch: %p', (words) =>
    inBrowser({ locale: 'de-AT' }, async (page) => {
      await begin(page, pending, withWayBack(words));
      await page.getByText('launch_deployment_pending').waitFor();
      expect(await languageOf(page)).toBe('ar rtl');
      expect(await page.locator('h1').innerText()).toBe(arabic().sentence('launch_deployment_pending'));
      const link = page.getByRole('link', { name: arabic().t('return_to_course') });
      const back = new URL((await link.getAttribute('href'))!);
      expect(back.searchParams.get('lti_errormsg')).toBe(arabic().sentence('launch_deployment_pending'));
    }),
  );

  it('is that of the browser when the launch names none', () =>
    inBrowser({ locale: 'de-AT' }, async (page) => {
      await begin(page, pending, withWayBack());
      await page.getByText('launch_deployment_pending').waitFor();
      expect(await languageOf(page)).toBe('de ltr');
      expect(await page.locator('h1').innerText()).toBe(german().sentence('launch_deployment_pending'));
    }));

  it('is that of the browser when the message was not verified, whatever it says', () =>
    inBrowser({ locale: 'de-AT' }, async (page) => {
      await page.route('**/lti/authorize?*', async (route) => {
        const response = await route.fetch();
        const body = (await response.text()).replace(/(?<=name="id_token" value=")[^"]*/, spoil);
        await route.fulfill({ response, body });
      });
      await begin(page, pending, withWayBack({ locale: 'ar' }));
      await page.getByText('launch_signature_invalid').waitFor();
      expect(await languageOf(page)).toBe('de ltr');
      expect(await page.locator('h1').innerText()).toBe(german().sentence('launch_signature_invalid'));
      expect(await page.locator('.button').count()).toBe(0);
    }));
});
