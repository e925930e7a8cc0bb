/**
 * A teacher puts something into a course and a student opens it, in a real browser with third-party cookies blocked:
 * three sites in nested frames, the picker, the signed answer, the steps beside it, and everything that can be broken.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Frame, Locator, Page } from 'playwright-core';
import { freePort, startBridge, type TestBridge } from '../support/bridge.js';
import { axeFindings, blockThirdPartyCookies, frameOf, openBrowser } from '../support/chromium.js';
import { sendRaw } from '../support/requests.js';

let bridge: TestBridge;
let browser: Browser;
let lms: string;
let app: string;

beforeAll(async () => {
  const port = await freePort();
  bridge = await startBridge({
    PORT: String(port),
    PUBLIC_URL: `http://bridge.localhost:${port}`,
    SANDBOX: 'true',
  });
  ({ lmsUrl: lms, appUrl: app } = bridge.context.config.sandbox!);
  browser = await openBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await bridge?.stop();
});

interface View {
  width?: number;
  dark?: boolean;
}

async function visit(path: string, { width = 1280, dark = false }: View = {}): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: dark ? 'dark' : 'light',
  });
  const page = await context.newPage();
  await blockThirdPartyCookies(context, page);
  await page.goto(lms + path);
  return page;
}

const biology = (person: string) => `/people/${person}/courses/biology`;
const addContent = `${biology('ada')}/open/add-content`;

/** Chooses things in the picker, by their titles. */
/** Not by the mouse: in frames within frames that have just changed site, the browser's driver now and then misses. */
async function tick(box: Locator): Promise<void> {
  await box.evaluate((element) => (element as unknown as { click(): void }).click());
  expect(await box.isChecked()).toBe(true);
}

async function pick(page: Page, titles: string[], terms: { points?: string } = {}): Promise<Frame> {
  const picker = await frameOf(page, app);
  for (const title of titles) await tick(picker.getByLabel(title));
  if (terms.points) await picker.getByLabel('Points', { exact: true }).fill(terms.points);
  await picker.getByRole('button', { name: 'Add to the course' }).click();
  return picker;
}

const activity = (page: Page, title: string) =>
  page.locator('#activities li', { has: page.getByRole('heading', { name: title }) });

/** Opens an activity as somebody else in the same browser and returns the application's page. */
async function openAs(page: Page, person: string, title: string): Promise<Frame> {
  await page.goto(page.url().replace(/\/people\/\w+\/courses\/([\w-]+).*/, `/people/${person}/courses/$1`));
  await activity(page, title).getByRole('link', { name: 'Open here' }).click();
  return frameOf(page, app);
}

/** Waits until a step of the timeline says something. */
async function stepSays(page: Page, step: string, words: string | RegExp): Promise<string> {
  const place = page.locator(`#step-${step}`);
  await place.filter({ hasText: words }).waitFor({ timeout: 10_000 });
  return (await place.textContent())!;
}

async function frameWith(page: Page, selector: string): Promise<Frame> {
  for (let waited = 0; waited < 10_000; waited += 50) {
    for (const frame of page.frames()) {
      if (
        (await frame
          .locator(selector)
          .count()
          .catch(() => 0)) > 0
      )
        return frame;
    }
    await page.waitForTimeout(50);
  }
  throw new Error(`no frame has ${selector}`);
}

async function expectFine(target: Page | Frame, state: string): Promise<void> {
  expect([state, await axeFindings(target)]).toEqual([state, []]);
  const overflow = await target.evaluate('document.documentElement.scrollWidth > innerWidth');
  expect([state, 'overflows', overflow]).toEqual([state, 'overflows', false]);
}

describe('what a teacher picks', () => {
  it('is in the course at once, and a student gets it as it was picked', async () => {
    const page = await visit(addContent);
    await pick(page, ['Inside a cell'], { points: '12' });
    // Without a reload: the page around the frame hears of it.
    await activity(page, 'Inside a cell').getByText('12 points').waitFor();
    await stepSays(page, 'selection', 'One content item, signed by the bridge.');
    const answered = await frameOf(page, `${lms}/lti/deep-link-return`);
    expect(await answered.locator('h1').innerText()).toBe('In the course now');

    const opened = await openAs(page, 'ben', 'Inside a cell');
    const text = await opened.locator('body').innerText();
    expect(text).toContain('Ten parts to find, to name and to put in their place.');
    expect(text).toContain('12 points');
    expect(text).toContain('"external_id": "cell"');
    expect(text).toContain('"intent": "assignment"');
    expect(await opened.evaluate("document.querySelector('.picked img').naturalWidth > 0")).toBe(true);
    expect(await stepSays(page, 'outcome', 'assignment')).toMatch(/selection\s*[0-9a-f-]{36}/);
    await page.context().close();
  });

  it('may be several things at once', async () => {
    const page = await visit(addContent);
    await pick(page, ['Along the Silk Road', 'Sailing with the winds', 'Fractions at the bakery']);
    await stepSays(page, 'selection', '3 content items');
    for (const title of ['Along the Silk Road', 'Sailing with the winds', 'Fractions at the bakery'])
      await activity(page, title).waitFor();
    const opened = await openAs(page, 'cleo', 'Sailing with the winds');
    expect(await opened.locator('body').innerText()).toContain('"external_id": "sails"');
    await page.context().close();
  });

  it('may be chosen in a new window, and the course page hears of it', async () => {
    const page = await visit(biology('ada'));
    const [opened] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: 'Choose in a new window' }).click(),
    ]);
    await pick(opened, ['A leaf at work']);
    await opened.waitForURL(`${lms}/lti/deep-link-return**`);
    await activity(page, 'A leaf at work').waitFor();
    await page.context().close();
  });

  it('is refused calmly when it is wrong, and can be sent again', async () => {
    const page = await visit(addContent);
    const picker = await frameOf(page, app);
    await picker.getByText('Send something wrong').click();
    await tick(picker.getByLabel('0 points'));
    await pick(page, ['The moon, night by night']);
    const said = picker.locator('#said');
    await said.filter({ hasText: 'This could not be added' }).waitFor();
    expect(await said.innerText()).toContain('dl_payload_invalid, points_possible');
    await expectFine(picker, 'a refused selection');
    await tick(picker.getByLabel('Nothing'));
    await picker.getByRole('button', { name: 'Add to the course' }).click();
    await activity(page, 'The moon, night by night').waitFor();
    await page.context().close();
  });

  it('may be nothing', async () => {
    const page = await visit(addContent);
    const picker = await frameOf(page, app);
    await picker.getByRole('button', { name: 'Add to the course' }).click();
    expect(await picker.locator('#said').innerText()).toBe('Choose something first.');
    await picker.getByRole('button', { name: 'Cancel' }).click();
    await stepSays(page, 'selection', 'Nothing was chosen.');
    expect(await (await frameOf(page, `${lms}/lti/`)).locator('h1').innerText()).toBe('Nothing was chosen');
    await page.context().close();
  });
});

describe('what an application offers beside links of its own', () => {
  it('is in the course as what it is, and nothing of it runs', async () => {
    const page = await visit(addContent);
    const picker = await frameOf(page, app);
    await picker.evaluate(`window.ltiBridge.select({ items: [
      { item: { type: 'link', url: 'https://example.org/page', title: 'A page' } },
      { item: { type: 'html', html: '<img src=x onerror="document.title=1"><b>Bold</b>', title: 'A paragraph' } },
      { item: { type: 'image', url: location.origin + '/assets/sandbox-picture-leaf.svg', title: 'A leaf' } },
      { item: { type: 'file', url: 'https://example.org/a.pdf', mediaType: 'application/pdf', title: 'A sheet' } },
    ] }, { origin: document.getElementById('picker').dataset.messageOrigin })`);
    await stepSays(page, 'selection', '4 content items');
    expect(await activity(page, 'A paragraph').locator('code').innerText()).toContain('<b>Bold</b>');
    expect(await activity(page, 'A page').getByRole('link').getAttribute('href')).toBe(
      'https://example.org/page',
    );
    await activity(page, 'A leaf').locator('img.picture').waitFor();
    await activity(page, 'A sheet')
      .getByRole('link', { name: /Get the file/ })
      .waitFor();
    await expectFine(page, 'a course with content of every type');
    await page.context().close();
  });
});

describe('a copied course', () => {
  it.each([
    ['the custom parameters are lost', ['this LMS drops custom parameters']],
    ['the query of the address is lost', ['this LMS drops the query of the address']],
    ['nothing is lost', []],
  ])('still knows what was picked when %s', async (_, losses) => {
    const page = await visit(addContent);
    await pick(page, ['Inside a cell']);
    await stepSays(page, 'selection', 'signed by the bridge');
    await page.goto(lms + biology('ada'));
    await page.getByText('Copy this course').click();
    for (const loss of losses) await page.getByLabel(loss).check();
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.waitForURL(/biology-copy-/);

    const opened = await openAs(page, 'dana', 'Inside a cell');
    const text = await opened.locator('body').innerText();
    expect(text).toContain('Biology: the living cell (copy)');
    expect(text).toContain('"external_id": "cell"');
    await page.context().close();
  });

  it('has lost it when both are lost, and the launch goes well all the same', async () => {
    const page = await visit(addContent);
    await pick(page, ['Inside a cell'], { points: '5' });
    await stepSays(page, 'selection', 'signed by the bridge');
    await page.goto(lms + biology('ada'));
    await page.getByText('Copy this course').click();
    for (const loss of await page.getByRole('switch').all()) await loss.check();
    await page.getByRole('button', { name: 'Copy' }).click();
    const opened = await openAs(page, 'dana', 'Inside a cell');
    expect(await opened.locator('body').innerText()).toContain('"payload": null');
    await page.context().close();
  });
});

describe('a broken launch', () => {
  let page: Page;
  beforeAll(async () => {
    page = await visit(`${biology('ben')}/open/cell-quiz`);
  });
  afterAll(() => page.context().close());

  it.each([
    ['Wrong key', 'launch_signature_invalid'],
    ['Unknown kid', 'launch_kid_unknown'],
    ['No signature', 'launch_alg_not_allowed'],
    ['Wrong audience', 'launch_audience_mismatch'],
    ['Expired', 'launch_expired'],
    ['From the future', 'launch_not_yet_valid'],
    ['Wrong nonce', 'launch_nonce_invalid'],
    ['No roles', 'launch_claim_missing'],
    ['Unknown deployment', 'launch_deployment_unknown'],
    ['The LMS says no', 'launch_platform_error'],
    ['No cookies, no storage', 'launch_state_browser_mismatch'],
  ])('%s is refused with %s, in the frame and in its step', async (title, code) => {
    const panel = page.locator('details.panel');
    if ((await panel.getAttribute('open')) === null) await page.getByText('Break this launch').click();
    await page.getByLabel(title).check();
    await page.getByRole('button', { name: 'Launch it so' }).click();
    await page.waitForURL(/break=/);
    const refused = await frameOf(page, bridge.url);
    const reference = /[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(await refused.locator('dl').innerText())![0];
    const step = await stepSays(page, 'checks', code);
    expect(step).toContain(reference);
    expect(step).toContain(await refused.locator('h1').innerText());
    await stepSays(page, 'outcome', 'Nobody was let in');
  });

  it('is followed by one that is right again', async () => {
    await page.getByRole('link', { name: 'Launch it right' }).click();
    await stepSays(page, 'checks', /All \d+ checks passed/);
    expect(await (await frameOf(page, app)).locator('h1').innerText()).toBe('Hello, Ben');
  });

  it('that is sent twice is let in once', async () => {
    await page.goto(`${lms}${biology('ben')}/open/cell-quiz?break=replayed`);
    const step = await stepSays(page, 'checks', /launch_\w+/);
    // Of two that race, the second may come when the first has taken the browser's proof with it.
    expect(step).toMatch(/launch_replayed|launch_state_browser_mismatch/);
    await stepSays(page, 'outcome', 'One of the two was let in');
  });
});

describe('LTI platform storage', () => {
  /** A browser that keeps nothing for the bridge inside a frame: no cookie, no storage. */
  async function visitWithoutStorage(path: string): Promise<Page> {
    const page = await visit('/');
    const context: BrowserContext = page.context();
    await context.addInitScript(`if (location.origin === ${JSON.stringify(bridge.url)}) {
      const none = { get() { throw new DOMException('blocked', 'SecurityError'); } };
      Object.defineProperty(window, 'sessionStorage', none);
      Object.defineProperty(document, 'cookie', none);
    }`);
    await context.route('**/lti/authorize**', async (route) => {
      await context.clearCookies({ domain: new URL(bridge.url).hostname });
      await route.continue();
    });
    await page.goto(lms + path);
    return page;
  }

  it.each([
    ['parent', /put_data.*get_data/],
    ['frame', /capabilities/],
  ])('lets a launch in where nothing else holds: %s', async (mode, asked) => {
    const page = await visitWithoutStorage(`${biology('ben')}/open/cell-quiz?storage=${mode}`);
    expect(await (await frameOf(page, app)).locator('h1').innerText()).toBe('Hello, Ben');
    expect(await page.locator('#storage').textContent()).toMatch(asked);
    await page.context().close();
  });

  it.each(['silent', 'absent'])('that is %s leads to a new window', async (mode) => {
    const page = await visitWithoutStorage(`${biology('ben')}/open/cell-quiz?storage=${mode}`);
    const offered = await frameOf(page, bridge.url);
    await offered.locator('#new-window button').waitFor({ timeout: 10_000 });
    await page.context().close();
  });
});

describe('an application of one’s own', () => {
  const codes: string[] = [];
  const own = createServer((request, response) => {
    codes.push(new URL(request.url ?? '/', 'http://localhost').searchParams.get('code') ?? '');
    response.end('<!doctype html><title>Own</title><h1>My own application</h1>');
  });
  beforeAll(async () => {
    own.listen(0, '127.0.0.1');
    await once(own, 'listening');
  });
  afterAll(() => {
    own.closeAllConnections();
    own.close();
  });

  it('is plugged in by its address, and the next launch goes to it', async () => {
    const redirectUri = `http://localhost:${(own.address() as AddressInfo).port}/callback`;
    const page = await visit('/applications');
    await page.getByLabel('Redirect URI').fill(redirectUri);
    await page.getByRole('button', { name: 'Plug it in' }).click();
    const [id, secret] = await page.locator('.secrets dd').allInnerTexts();
    await page.getByRole('link', { name: 'Launch it as a student' }).click();
    await frameOf(page, redirectUri);
    const form = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: id!,
      client_secret: secret!,
      redirect_uri: redirectUri,
      code: codes.at(-1)!,
    });
    const told = await sendRaw({ bridge }, 'POST', '/oauth/token', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    });
    expect(told.body).toMatchObject({
      context: { intent: 'assignment', class: { name: expect.any(String) } },
    });
    await page.context().close();
  });
});

describe('without script', () => {
  it('a launch goes by buttons, and its steps are a page', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${lms}${biology('ben')}/open/cell-quiz`);
    await (await frameOf(page, lms)).getByRole('button', { name: 'Continue' }).click();
    // The bridge's page moves on by itself, but for frames in which the test browser parses <noscript> as text.
    const next = await frameWith(page, '#continue, form[action$="/lti/launch"]');
    if (next.url().startsWith(bridge.url))
      await next
        .locator('#continue')
        .click()
        .catch(() => undefined);
    const signingIn = await frameWith(page, 'form[action$="/lti/launch"]');
    await signingIn.getByRole('button', { name: 'Continue' }).click();
    expect(await (await frameOf(page, app)).locator('h1').innerText()).toBe('Hello, Ben');
    await page.getByRole('link', { name: 'Show how far it has come' }).click();
    expect(await page.locator('#step-outcome').innerText()).toContain('intent “assignment”');
    await context.close();
  });
});

describe('every page', () => {
  it.each<[string, View]>([
    ['on a telephone, by day', { width: 320 }],
    ['on a desk, by night', { width: 1280, dark: true }],
  ])(
    'is fine %s',
    async (_, view) => {
      const page = await visit('/', view);
      for (const path of ['/', '/people/ada', biology('ada'), '/applications']) {
        await page.goto(lms + path);
        await expectFine(page, path);
      }
      expect(await page.locator('html').getAttribute('lang')).toBe('en');

      await page.getByLabel('Redirect URI').fill('http://example.org/');
      await page.getByRole('button', { name: 'Plug it in' }).click();
      await expectFine(page, 'a redirect URI that cannot be');
      await page.getByLabel('Redirect URI').fill('http://localhost:9/callback');
      await page.getByRole('button', { name: 'Plug it in' }).click();
      await page.getByText('client_secret').first().waitFor();
      await expectFine(page, 'plugged in');
      await page.goto(`${lms}/applications`);
      await page.getByRole('button', { name: /Use it.*Demonstration application/ }).click();
      await page.locator('.chooser summary').click();
      await expectFine(page, 'the applications to choose from');
      await page.goto(`${lms}/applications`);
      await page
        .getByRole('button', { name: /Remove.*My application/ })
        .first()
        .click();

      await page.goto(lms + addContent);
      const picker = await frameOf(page, app);
      await expectFine(picker, 'the picker');
      await page.getByText('Break this launch').click();
      for (const summary of await page.locator('.timeline summary').all()) await summary.click();
      await expectFine(page, 'a launch with all its steps');
      await pick(page, ['Inside a cell', 'Along the Silk Road'], { points: '7' });
      await stepSays(page, 'selection', '2 content items');
      await page.locator('#step-selection summary').click();
      await expectFine(page, 'a selection');
      await expectFine(await frameOf(page, `${lms}/lti/`), 'in the course now');

      await expectFine(await openAs(page, 'ben', 'Along the Silk Road'), 'what was picked');
      await page.goto(`${page.url()}?break=expired`);
      await stepSays(page, 'checks', 'launch_expired');
      await expectFine(page, 'a broken launch');
      await page.goto(lms + ((await page.locator('#timeline').getAttribute('data-page')) ?? ''));
      await expectFine(page, 'the steps by themselves');
      await page.goto(lms + biology('ada'));
      await page.getByText('Copy this course').click();
      await expectFine(page, 'a course with something in it, about to be copied');
      await page.context().close();
    },
    60_000,
  );
});
