/**
 * A launch in a frame, in a real browser that keeps less and less: third-party cookies blocked, no cookies at all, no
 * storage of its own. It goes on wherever something holds, and offers a new window where nothing does.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Frame, Page } from 'playwright-core';
import { startBridge, type TestBridge } from '../support/bridge.js';
import { blockThirdPartyCookies, frameOf, openBrowser } from '../support/chromium.js';
import { startFrameLms, type FrameLms, type StorageBehaviour } from '../support/frame-lms.js';
import { startPicker, type PickerApplication } from '../support/picker.js';
import {
  connect,
  createApplication,
  exchange,
  resourceLaunch,
  selectLaunch,
  type TestApplication,
} from '../support/world.js';

let bridge: TestBridge;
let browser: Browser;
let lms: FrameLms;
let picker: PickerApplication;
let application: TestApplication;

beforeAll(async () => {
  // Three sites: 127.0.0.1 (LMS), localhost (bridge), picker.localhost (application).
  bridge = await startBridge();
  lms = await startFrameLms(bridge.url);
  picker = await startPicker();
  application = await createApplication(bridge, { redirect_uris: [picker.redirectUri] });
  await connect(bridge, lms as never, application);
  browser = await openBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await Promise.all([lms?.close(), picker?.close(), bridge?.stop()]);
});

interface Keeps {
  cookies: boolean;
  sessionStorage: boolean;
}

/** A browser whose frames keep only what is said; its windows keep everything. */
async function openPage(keeps: Keeps): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await blockThirdPartyCookies(context, page);
  if (!keeps.cookies) await takeCookiesFromFrames(context);
  if (!keeps.sessionStorage) await takeSessionStorageFromFrames(context);
  return page;
}

async function takeCookiesFromFrames(context: BrowserContext): Promise<void> {
  await context.route(`${bridge.url}/lti/**`, async (route) => {
    if (route.request().frame().parentFrame() === null) return route.continue();
    const response = await route.fetch({ maxRedirects: 0 });
    await context.clearCookies();
    const headers = response.headers();
    delete headers['set-cookie'];
    return route.fulfill({ response, headers });
  });
}

async function takeSessionStorageFromFrames(context: BrowserContext): Promise<void> {
  await context.addInitScript(`if (window.parent !== window) Object.defineProperty(window, 'sessionStorage', {
    get() { throw new DOMException('kept from frames', 'SecurityError'); } });`);
}

async function contextOf(frame: Frame | Page): Promise<any> {
  const code = new URL(frame.url()).searchParams.get('code')!;
  const answer = await exchange(
    { bridge, application: { ...application, redirectUri: picker.redirectUri } },
    code,
  );
  return answer.body.context;
}

const nothing = { cookies: false, sessionStorage: false };

describe('a launch in a frame goes on', () => {
  it.each<[string, Keeps, StorageBehaviour]>([
    [
      'by its partitioned cookie, with third-party cookies blocked',
      { cookies: true, sessionStorage: true },
      'none',
    ],
    ['by its partitioned cookie alone', { cookies: true, sessionStorage: false }, 'none'],
    ['by sessionStorage, with no cookie at all', { cookies: false, sessionStorage: true }, 'none'],
    ["by the LMS's storage in the parent, with nothing else", nothing, 'parent'],
    ["by the LMS's storage in a named frame, with nothing else", nothing, 'named frame'],
    ["by the LMS's storage that answers late, because messages are sent again", nothing, 'late'],
    [
      'by sessionStorage, although the LMS offers a storage and stays silent',
      { cookies: false, sessionStorage: true },
      'silent',
    ],
  ])('%s', async (_kind, keeps, storage) => {
    const page = await openPage(keeps);
    await page.goto(lms.page(resourceLaunch(), storage));
    const frame = await frameOf(page, picker.origin);
    expect(await contextOf(frame)).toMatchObject({ version: 2, intent: 'class' });
    await page.context().close();
  });

  it('without a page in between once the browser has shown that it keeps cookies', async () => {
    const page = await openPage({ cookies: true, sessionStorage: true });
    const logins: number[] = [];
    page.on('response', (response) => {
      if (response.url().endsWith('/lti/login')) logins.push(response.status());
    });
    await page.goto(lms.page(resourceLaunch(), 'none'));
    await frameOf(page, picker.origin);
    await page.goto(lms.page(resourceLaunch(), 'none'));
    await frameOf(page, picker.origin);
    expect(logins).toEqual([200, 302]);
    await page.context().close();
  });
});

describe('where nothing holds', () => {
  it.each<StorageBehaviour>(['none', 'silent'])(
    'the login offers a new window before the hints are spent, with storage "%s"',
    async (storage) => {
      const page = await openPage(nothing);
      await page.goto(lms.page(resourceLaunch(), storage));
      const frame = await frameOf(page, bridge.url);
      await frame.waitForSelector('#new-window:not([hidden])', { timeout: 10_000 });
      expect(await frame.locator('#new-window h1').innerText()).toMatch(/browser/);
      const [opened] = await Promise.all([
        page.waitForEvent('popup'),
        frame.locator('#new-window button').click(),
      ]);
      await opened.waitForURL(`${picker.origin}/**`);
      expect(await contextOf(opened)).toMatchObject({ intent: 'class' });
      expect(await frame.locator('#opened h1').innerText()).toMatch(/new window/);
      await page.context().close();
    },
  );

  it('a selection made in the new window comes back to the frame in which the LMS waits for it', async () => {
    const page = await openPage(nothing);
    const draft = selectLaunch({
      deepLinking: { ...selectLaunch().deepLinking!, deep_link_return_url: lms.returnUrl },
    });
    await page.goto(lms.page(draft, 'none'));
    const frame = await frameOf(page, bridge.url);
    await frame.waitForSelector('#new-window:not([hidden])', { timeout: 10_000 });
    const [opened] = await Promise.all([
      page.waitForEvent('popup'),
      frame.locator('#new-window button').click(),
    ]);
    const inner = await frameOf(opened, picker.origin);
    const closed = opened.waitForEvent('close');
    await inner.evaluate(
      `window.parent.postMessage({ type: 'lti', title: 'From a window' }, '${bridge.url}')`,
    );
    await closed;
    const back = await frameOf(page, lms.returnUrl);
    expect(await back.locator('h1').innerText()).toBe('Back in the course');
    expect(lms.returned.at(-1)).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    await page.context().close();
  });

  it('a launch whose secret is gone is refused calmly, and nothing is stored', async () => {
    const page = await openPage({ cookies: false, sessionStorage: true });
    const before = await bridge.context.database.knex('launches').count({ n: '*' });
    await page.context().addInitScript(`if (location.pathname === '/lti/launch') sessionStorage.clear();`);
    await page.goto(lms.page(resourceLaunch(), 'none'));
    const frame = await frameOf(page, `${bridge.url}/lti/launch`);
    await frame.waitForSelector('dl');
    expect(await frame.locator('dl').innerText()).toContain('launch_state_browser_mismatch');
    expect(await bridge.context.database.knex('launches').count({ n: '*' })).toEqual(before);
    await page.context().close();
  });
});

describe('a login begun in one browser', () => {
  it('is worthless in another', async () => {
    const mine = await openPage({ cookies: true, sessionStorage: true });
    const posted = mine.waitForRequest(
      (request) => request.url().endsWith('/lti/launch') && request.method() === 'POST',
    );
    await mine.context().route(`${bridge.url}/lti/launch`, (route) => route.abort());
    await mine.goto(lms.page(resourceLaunch(), 'none'));
    const stolen = new URLSearchParams((await posted).postData()!);
    await mine.context().close();

    const theirs = await openPage({ cookies: true, sessionStorage: true });
    await theirs.goto(bridge.url);
    await theirs.setContent(
      `<form method="post" action="${bridge.url}/lti/launch"><input name="state" value="${stolen.get('state')}"><input name="id_token" value="${stolen.get('id_token')}"></form>`,
    );
    await theirs.evaluate('document.forms[0].submit()');
    await theirs.waitForSelector('dl');
    expect(await theirs.locator('dl').innerText()).toContain('launch_state_browser_mismatch');
    await theirs.context().close();
  });
});
