/**
 * The listener page in a real browser with third-party cookies blocked, on three sites: what the application's own frame
 * selects reaches the LMS; what anybody else says is as if it had not been said.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Browser, Frame, Page } from 'playwright-core';
import { startBridge, type TestBridge } from '../support/bridge.js';
import { blockThirdPartyCookies, frameOf, openBrowser } from '../support/chromium.js';
import { startFrameLms, type FrameLms } from '../support/frame-lms.js';
import { startPicker, type PickerApplication } from '../support/picker.js';
import {
  connect,
  createApplication,
  exchange,
  resourceLaunch,
  selectLaunch,
  type TestApplication,
} from '../support/world.js';

const dl = 'https://purl.imsglobal.org/spec/lti-dl/claim/';

let bridge: TestBridge;
let browser: Browser;
let lms: FrameLms;
let picker: PickerApplication;
let application: TestApplication;
let page: Page;
let inner: Frame;

beforeAll(async () => {
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

beforeEach(async () => {
  const context = await browser.newContext();
  page = await context.newPage();
  await blockThirdPartyCookies(context, page);
  const deepLinking = {
    ...selectLaunch().deepLinking!,
    deep_link_return_url: lms.returnUrl,
    accept_multiple: true,
  };
  await page.goto(lms.page(selectLaunch({ deepLinking }), 'none'));
  inner = await frameOf(page, picker.origin);
});
afterEach(() => page.context().close());

const post = (message: string, origin = bridge.url) =>
  inner.evaluate(`window.parent.postMessage(${message}, ${JSON.stringify(origin)})`);
const heard = () => inner.evaluate('heard') as Promise<{ origin: string; data: any }[]>;

async function returnedItems(): Promise<any[]> {
  await frameOf(page, lms.returnUrl);
  return decodeJwt(lms.returned.at(-1)!)[`${dl}content_items`] as any[];
}

/** Long enough for a message to have been acted on, had anybody listened. */
async function nothingHappens(): Promise<void> {
  const before = lms.returned.length;
  await page.waitForTimeout(500);
  expect(lms.returned.length).toBe(before);
  expect(page.frames().some((frame) => frame.url().startsWith(picker.origin))).toBe(true);
}

async function studentContext(item: any): Promise<any> {
  const context = await browser.newContext();
  const student = await context.newPage();
  await blockThirdPartyCookies(context, student);
  await student.goto(lms.page(resourceLaunch({ custom: item.custom, targetLinkUri: item.url }), 'none'));
  const frame = await frameOf(student, picker.origin);
  const code = new URL(frame.url()).searchParams.get('code')!;
  const { body } = await exchange(
    { bridge, application: { ...application, redirectUri: picker.redirectUri } },
    code,
  );
  await context.close();
  return body.context;
}

describe('what the teacher picks', () => {
  it("goes to the LMS and comes back with the student, byte for byte: Edlink's own sample with its Date objects", async () => {
    await post(`{
      type: 'lti', title: 'Title of Your Attachment', thumbnail: 'https://app.example/t.png',
      custom: { my_custom_property_1: 'my_custom_value_1' }, external_id: '000000000000',
      display_date: new Date('2024-09-01T07:00:00Z'), end_date: new Date('2024-09-30T07:00:00Z'),
      start_date: '2024-09-05T07:00:00.0000Z', due_date: '2024-09-04T17:00:00.0000Z',
    }`);
    const [item] = await returnedItems();
    expect(item).toMatchObject({ type: 'ltiResourceLink', title: 'Title of Your Attachment' });
    const context = await studentContext(item);
    expect(context.intent).toBe('assignment');
    expect(JSON.stringify(context.payload)).toBe(
      '{"type":"lti","title":"Title of Your Attachment","thumbnail":"https://app.example/t.png",' +
        '"custom":{"my_custom_property_1":"my_custom_value_1"},"external_id":"000000000000",' +
        '"display_date":"2024-09-01T07:00:00.000Z","end_date":"2024-09-30T07:00:00.000Z",' +
        '"start_date":"2024-09-05T07:00:00.0000Z","due_date":"2024-09-04T17:00:00.0000Z"}',
    );
  });

  it('may be several things', async () => {
    await post(`{ type: 'lti', items: [{ title: 'One' }, { title: 'Two' }] }`);
    expect((await returnedItems()).map(({ title }) => title)).toEqual(['One', 'Two']);
  });

  it('may be nothing', async () => {
    await post(`{ type: 'lti', cancel: true }`);
    expect(await returnedItems()).toEqual([]);
  });

  it('is said to be wrong where it is, and taken once it was mended', async () => {
    await post(`{ type: 'lti', title: 'Quiz', points_possible: 0 }`);
    await inner.waitForFunction('heard.length > 0');
    expect(await heard()).toEqual([
      {
        origin: bridge.url,
        data: {
          type: 'lti.error',
          code: 'dl_payload_invalid',
          message: expect.stringContaining('above 0'),
          field: 'points_possible',
        },
      },
    ]);
    await post(`{ type: 'lti', title: 'Quiz', points_possible: 5 }`);
    expect((await returnedItems())[0].lineItem.scoreMaximum).toBe(5);
  });

  it('sent twice, or a hundred times, gives one assignment', async () => {
    const before = lms.returned.length;
    await inner.evaluate(
      `for (let i = 0; i < 100; i += 1) window.parent.postMessage({ type: 'lti', title: 'Once' }, '${bridge.url}')`,
    );
    await returnedItems();
    await page.waitForTimeout(300);
    expect(lms.returned.length - before).toBe(1);
  });

  it('is refused by the page itself when it is too large or no data', async () => {
    await post(`{ type: 'lti', custom: { a: 'x'.repeat(300000) } }`);
    await post(`(() => { const loop = { type: 'lti' }; loop.self = loop; return loop; })()`);
    await inner.waitForFunction('heard.length > 1');
    expect((await heard()).map(({ data }) => data.code)).toEqual([
      'dl_payload_too_large',
      'dl_payload_invalid',
    ]);
  });

  it('may come after the application has moved on within its frame', async () => {
    await inner.evaluate(`location.href = '${picker.origin}/second-page'`);
    await inner.waitForURL(`${picker.origin}/second-page`);
    await post(`{ type: 'lti', title: 'From the second page' }`);
    expect((await returnedItems())[0].title).toBe('From the second page');
  });

  it('may come by the helper script, which tells of errors and of success', async () => {
    await inner.addScriptTag({ url: `${bridge.url}/sdk/lti-bridge.js` });
    const refused = await inner.evaluate(
      `ltiBridge.select({ title: 5 }, { origin: '${bridge.url}' }).catch((error) => ({ code: error.code, field: error.field }))`,
    );
    expect(refused).toEqual({ code: 'dl_payload_invalid', field: 'title' });
    await inner.evaluate(`void ltiBridge.select({ title: 'Helped' }, { origin: '${bridge.url}' })`);
    expect((await returnedItems())[0].title).toBe('Helped');
  });
});

describe('what changes nothing', () => {
  it("a message of the LMS's own page", async () => {
    const listener = page.frames().find((frame) => frame.url().startsWith(bridge.url))!;
    expect(listener).toBeDefined();
    await page.evaluate(
      `document.querySelector('iframe[name=tool]').contentWindow.postMessage({ type: 'lti', title: 'forged' }, '*')`,
    );
    await nothingHappens();
  });

  it('a message of a frame inside the application, from another origin and from its own', async () => {
    for (const origin of [picker.origin.replace('picker.', 'evil.'), picker.origin]) {
      await inner.evaluate(`new Promise((done) => {
        const frame = document.createElement('iframe');
        frame.src = '${origin}/inner';
        frame.onload = done;
        document.body.append(frame);
      })`);
      const nested = page.frames().find((frame) => frame.url() === `${origin}/inner`)!;
      await nested.evaluate(`window.parent.parent.postMessage({ type: 'lti', title: 'forged' }, '*')`);
      await nothingHappens();
    }
  });

  it('a message of the frame after it wandered off to another site', async () => {
    const evil = picker.origin
      .replace('picker.', 'picker.localhost.evil.')
      .replace('.localhost:', '.localhost:');
    await inner.evaluate(`location.href = '${evil}/elsewhere'`);
    await inner.waitForURL(`${evil}/elsewhere`);
    await inner.evaluate(`window.parent.postMessage({ type: 'lti', title: 'forged' }, '*')`);
    await page.waitForTimeout(500);
    expect(await heard()).toEqual([]);
    expect(page.frames().some((frame) => frame.url().startsWith(lms.returnUrl))).toBe(false);
  });

  it('a message of a frame without an origin', async () => {
    await inner.evaluate(`new Promise((done) => {
      const frame = document.createElement('iframe');
      frame.sandbox = 'allow-scripts';
      frame.srcdoc = "<script>parent.parent.postMessage({ type: 'lti', title: 'forged' }, '*')</" + "script>";
      frame.onload = done;
      document.body.append(frame);
    })`);
    await nothingHappens();
  });

  it('a message to the wrong origin, of which the browser console tells the developer after a minute', async () => {
    const context = await browser.newContext();
    const patient = await context.newPage();
    await patient.clock.install();
    const said: string[] = [];
    patient.on('console', (message) => said.push(message.text()));
    await patient.goto(lms.page(selectLaunch(), 'none'));
    const frame = await frameOf(patient, picker.origin);
    await frame.evaluate(`window.parent.postMessage({ type: 'lti' }, 'https://ed.link')`);
    await patient.clock.runFor(61_000);
    expect(said.filter((text) => text.startsWith('LTI Bridge:')).join()).toContain(
      `'${bridge.url}') from one of: ${picker.origin}`,
    );
    await context.close();
  });
});

describe('the page', () => {
  it('fills a small frame with the application and lets it have what it asks for', async () => {
    const listener = page.frames().find((frame) => frame.url().startsWith(bridge.url))!;
    const box = await listener.locator('#application').boundingBox();
    expect(Math.round(box!.width)).toBe(800);
    expect(Math.round(box!.height)).toBe(600);
    expect(await listener.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });

  it('tells the teacher when the session is over', async () => {
    await bridge.context.database.knex('launches').update({ created_at: Date.now() - 5 * 3_600_000 });
    await post(`{ type: 'lti', title: 'late' }`);
    const listener = page.frames().find((frame) => frame.url().startsWith(bridge.url))!;
    await listener.waitForSelector('#notice:not([hidden])');
    expect(await listener.locator('#notice').innerText()).toMatch(/^Choosing took too long\./);
    expect((await heard())[0]!.data.code).toBe('dl_session_expired');
  });
});
