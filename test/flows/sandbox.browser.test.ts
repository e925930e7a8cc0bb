/**
 * The sandbox as a newcomer meets it, in a real browser with third-party cookies blocked: three sites, the application in
 * a frame of the LMS, and the calm page when something is wrong.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { freePort, startBridge, type TestBridge } from '../support/bridge.js';
import { axeFindings, blockThirdPartyCookies, frameOf, openBrowser } from '../support/chromium.js';

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

async function openCourse(person: string, width = 1280): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  const page = await context.newPage();
  await blockThirdPartyCookies(context, page);
  await page.goto(`${lms}/`);
  await page.getByRole('link', { name: person }).click();
  await page
    .getByRole('link', { name: /Biology/ })
    .first()
    .click();
  return page;
}

describe('a launch inside the LMS', () => {
  it.each([
    ['teacher', 'Ada Sample', 'Instructor'],
    ['student', 'Ben Sample', 'Learner'],
  ])('shows the application with its context to a %s', async (_role, person, role) => {
    const page = await openCourse(person);
    await page.getByRole('link', { name: 'Open here' }).first().click();
    const frame = await frameOf(page, app);
    const text = await frame.locator('body').innerText();
    expect(text).toContain(`Hello, ${person.split(' ')[0]}`);
    expect(text).toContain(role);
    expect(text).toContain('Biology: the living cell');
    expect(text).toContain('"intent": "assignment"');
    await page.context().close();
  });

  it('keeps only the partitioned cookie in a frame, and that is enough', async () => {
    const page = await openCourse('Ben Sample');
    const sent: string[] = [];
    page.on('request', async (request) => {
      if (request.url().endsWith('/lti/launch')) sent.push((await request.allHeaders()).cookie ?? '');
    });
    await page.getByRole('link', { name: 'Open here' }).first().click();
    await frameOf(page, app);
    expect(sent).toHaveLength(1);
    expect(sent[0]!.split('; ').sort()).toEqual([
      expect.stringMatching(/^login_[\w-]{12}=[\w-]{43}$/),
      'lti_probe=1',
    ]);
    await page.context().close();
  });

  it('works in a new window too', async () => {
    const page = await openCourse('Cleo Sample');
    const [opened] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: 'Open in a new window' }).first().click(),
    ]);
    await opened.waitForURL(`${app}/**`);
    await expect(opened.locator('h1').innerText()).resolves.toContain('Hello, Cleo');
    await page.context().close();
  });

  it('tells the application that a teacher wants to select', async () => {
    const page = await openCourse('Ada Sample', 320);
    await page.getByRole('link', { name: 'Choose here' }).click();
    const frame = await frameOf(page, app);
    expect(await frame.locator('body').innerText()).toContain('"intent": "select"');
    await page.context().close();
  });
});

describe('the pages', () => {
  it.each([1280, 320])('have nothing that axe finds wrong, at %d pixels', async (width) => {
    const page = await openCourse('Ada Sample', width);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('link', { name: 'Open here' }).first().click();
    expect(await axeFindings(await frameOf(page, app))).toEqual([]);
    expect(await axeFindings(page)).toEqual([]);
    for (const address of [lms, bridge.url, `${bridge.url}/lti/launch`, `${bridge.url}/oauth/authorize`]) {
      await page.goto(address);
      expect([address, await axeFindings(page)]).toEqual([address, []]);
      const overflow = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
      expect([address, overflow]).toEqual([address, false]);
    }
    await page.context().close();
  });

  it('say calmly what is wrong when a launch is opened a second time', async () => {
    const page = await openCourse('Dana Sample');
    await page.goto(`${bridge.url}/lti/launch`);
    expect(await page.locator('h1').innerText()).toBe('This page opens from a course only.');
    expect(await page.locator('dl').innerText()).toMatch(
      /[0-9A-Z]{4}-[0-9A-Z]{4}[\s\S]*launch_state_missing/,
    );
    await page.context().close();
  });
});
