/**
 * One bridge, one platform and a clock for all attacks of a test file, and the ways to forge a launch. A test file opens
 * the setting before its tests; the tables of attacks beside this file look at it when an attack is made.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { catalogue, type ErrorCode } from '../../../server/lib/errors.js';
import type { MessageDraft } from '../../../server/sandbox/lms/message.js';
import { generatePlatformKey, type PlatformKey } from '../../../server/sandbox/lms/platform.js';
import { TestBrowser, type Page } from '../../support/browser.js';
import { startPlatform, type TestPlatform, type TestPlatformOptions } from '../../support/platform.js';
import {
  beginLogin,
  connect,
  launch,
  refusalOf,
  resourceLaunch,
  startWorld,
  type Forgery,
  type World,
} from '../../support/world.js';
import { countRows, launchTables } from '../support/stored.js';
import { partsOf, signAsWritten } from '../support/tokens.js';

export const lti = 'https://purl.imsglobal.org/spec/lti/claim/';
export const settingsClaim = 'https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings';
export const clientId = 'test-client';

/** Stands still while a test runs, so that 59 seconds are 59 seconds; each test has a minute of its own. */
export const clock = {
  time: Math.floor(Date.now() / 1_000) * 1_000,
  now: () => clock.time,
  seconds: () => clock.time / 1_000,
  advance(seconds: number) {
    clock.time += seconds * 1_000;
  },
};

export let world: World;
/** The first one signs for the platform, the others are for whoever needs some. */
export let keys: PlatformKey[];
/** For files that the tests need; gone with the setting. */
export let folder: string;
const others: TestPlatform[] = [];

export async function openSetting(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'lti-bridge-attacks-'));
  keys = await Promise.all([generatePlatformKey(), generatePlatformKey(), generatePlatformKey()]);
  world = await startWorld({ overrides: { now: clock.now }, platform: { keys: [keys[0]!] } });
}

export async function closeSetting(): Promise<void> {
  await Promise.all(others.map((platform) => platform.close()));
  await world.stop();
  rmSync(folder, { recursive: true });
}

/** Seconds since 1970, so many from now. */
export const at = (offset: number) => clock.seconds() + offset;

/** One more platform of the same application. */
export async function another(
  registration: Record<string, unknown> = {},
  platform: Partial<TestPlatformOptions> = {},
): Promise<World> {
  const started = await startPlatform({
    toolLaunchUrl: `${world.bridge.url}/lti/launch`,
    now: clock.now,
    keys: [keys[0]!],
    ...platform,
  });
  others.push(started);
  const platformId = await connect(world.bridge, started, world.application, registration);
  return { ...world, platform: started, platformId };
}

/** What is refused, by which code, and how it is done. */
export type Attack = [title: string, code: ErrorCode, attack: () => Promise<Page>];

export const forged =
  (forgery: Forgery | (() => Forgery), draft: () => MessageDraft = resourceLaunch) =>
  () =>
    launch(world, draft(), typeof forgery === 'function' ? forgery() : forgery);

export const claiming = (claims: Record<string, unknown>, draft?: () => MessageDraft) =>
  forged({ claims }, draft);

/** Takes claims of LTI by their short names. */
export const saying = (claims: Record<string, unknown>, draft?: () => MessageDraft) =>
  claiming(
    Object.fromEntries(Object.entries(claims).map(([name, value]) => [`${lti}${name}`, value])),
    draft,
  );

export const withHeader = (header: Record<string, unknown>) => forged({ header });

/** Another token in the place of the signed one. */
export const instead = (
  make: (parts: ReturnType<typeof partsOf>, signed: string) => string | Promise<string>,
) => forged({ token: (signed) => make(partsOf(signed), signed) });

/** The claims in another spelling, signed by the platform's own key. */
export const spelled = (respell: (json: string) => string | Buffer) =>
  instead(({ header, claims }) => signAsWritten(header, respell(JSON.stringify(claims)), keys[0]!));

export function post(fields: Record<string, string>, browser = new TestBrowser()): Promise<Page> {
  return browser.post(`${world.bridge.url}/lti/launch`, fields);
}

/** Everything a platform would post at the end of a login in this browser, not posted yet. */
export async function ready(
  browser: TestBrowser,
  { of = world, draft = resourceLaunch(), claims = {} as Record<string, unknown> } = {},
): Promise<{ id_token: string; state: string; nonce: string }> {
  const { platform } = of.platform;
  const { request } = await beginLogin(of, platform.startLogin(draft), browser);
  const id_token = await platform.sign({ ...platform.claims(draft, request.nonce!), ...claims });
  return { id_token, state: request.state!, nonce: request.nonce! };
}

/** What the tables of launches held before an attack, or after the good launch that it begins with. */
export let rowsBefore: Record<string, number> = {};

export async function countFromHere(): Promise<void> {
  rowsBefore = await countRows(world.bridge, launchTables);
}

/** A good launch, whose token is to be used once more. The browser keeps its cookies as a copied one would. */
export async function launchAndKeepCookies(browser: TestBrowser) {
  const fields = await ready(browser);
  const cookies = browser.cookiesOf(world.bridge.url);
  const kept = new Map(cookies);
  expect((await post(fields, browser)).status).toBe(303);
  await countFromHere();
  const putBack = () => kept.forEach((value, name) => cookies.set(name, value));
  return { fields, putBack };
}

export async function expectRefused(page: Page, code: ErrorCode): Promise<void> {
  expect([page.status, refusalOf(page)]).toEqual([catalogue[code].status, code]);
  expect(page.location).toBeUndefined();
  expect(page.headers.get('cache-control')).toBe('no-store');
}

export const reviewLaunch = (): MessageDraft =>
  resourceLaunch({
    messageType: 'LtiSubmissionReviewRequest',
    lineItem: 'https://lms.example/items/1',
    forUser: { id: 'user-2' },
  });
