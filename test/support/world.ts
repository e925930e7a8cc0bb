/** A bridge with one application and one platform connected, and the ways in: launching and exchanging. */
import type { Environment } from '../../server/config.js';
import type { Overrides } from '../../server/context.js';
import type { MessageDraft } from '../../server/sandbox/lms/message.js';
import { startBridge, type TestBridge } from './bridge.js';
import { TestBrowser, type Page } from './browser.js';
import { startPlatform, type TestPlatform, type TestPlatformOptions } from './platform.js';

export const redirectUri = 'http://localhost:9/callback';

export interface TestApplication {
  id: string;
  secret: string;
  redirectUri: string;
}

export interface World {
  bridge: TestBridge;
  platform: TestPlatform;
  platformId: string;
  application: TestApplication;
  stop(): Promise<void>;
}

export interface WorldOptions {
  environment?: Environment;
  overrides?: Overrides;
  application?: Record<string, unknown>;
  registration?: Record<string, unknown>;
  platform?: Partial<TestPlatformOptions>;
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const bridge = await startBridge(options.environment, options.overrides);
  const platform = await startPlatform({
    toolLaunchUrl: `${bridge.url}/lti/launch`,
    now: options.overrides?.now,
    ...options.platform,
  });
  const application = await createApplication(bridge, options.application);
  const platformId = await connect(bridge, platform, application, options.registration);
  return {
    bridge,
    platform,
    platformId,
    application,
    async stop() {
      await platform.close();
      await bridge.stop();
    },
  };
}

export async function createApplication(
  bridge: TestBridge,
  settings: Record<string, unknown> = {},
): Promise<TestApplication> {
  const { status, body } = await bridge.admin('POST', 'applications', {
    name: 'Test application',
    redirect_uris: [redirectUri],
    ...settings,
  });
  if (status !== 201) throw new Error(`application not created: ${JSON.stringify(body)}`);
  return { id: body.client_id, secret: body.client_secret, redirectUri: body.redirect_uris[0] };
}

export async function connect(
  bridge: TestBridge,
  platform: TestPlatform,
  application: TestApplication,
  settings: Record<string, unknown> = {},
): Promise<string> {
  const { status, body } = await bridge.admin('POST', 'platforms', {
    application_id: application.id,
    name: 'Test platform',
    ...platform.registration(),
    ...settings,
  });
  if (status !== 201) throw new Error(`platform not created: ${JSON.stringify(body)}`);
  return body.id;
}

const membership = 'http://purl.imsglobal.org/vocab/lis/v2/membership#';

/** A student opening a link of a course. */
export function resourceLaunch(changes: Partial<MessageDraft> = {}): MessageDraft {
  return {
    messageType: 'LtiResourceLinkRequest',
    targetLinkUri: 'https://tool.example/lti/launch',
    person: {
      id: 'user-1',
      name: 'Ada Sample',
      givenName: 'Ada',
      familyName: 'Sample',
      email: 'ada@school.example',
    },
    roles: [`${membership}Learner`],
    context: {
      id: 'course-1',
      label: 'MA-101',
      title: 'Math 101',
      type: ['http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection'],
    },
    resourceLink: { id: 'link-1', title: 'Fractions' },
    ...changes,
  };
}

export function selectLaunch(changes: Partial<MessageDraft> = {}): MessageDraft {
  return resourceLaunch({
    messageType: 'LtiDeepLinkingRequest',
    roles: [`${membership}Instructor`],
    resourceLink: undefined,
    deepLinking: {
      deep_link_return_url: 'http://127.0.0.1:9/return?x=1',
      accept_types: ['ltiResourceLink', 'link'],
      accept_presentation_document_targets: ['iframe', 'window'],
      accept_multiple: false,
      data: 'opaque',
    },
    ...changes,
  });
}

export interface Forgery {
  /** Changes the claims before they are signed; undefined values take claims away. */
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  /** Takes the place of the signed token. */
  token?: (signed: string) => string | Promise<string>;
  fields?: (fields: Record<string, string>) => Record<string, string>;
  loginParameters?: Record<string, string | undefined>;
  /** Posts the launch from here instead of where the login began. */
  browserAtLaunch?: TestBrowser;
  afterLogin?: () => Promise<void> | void;
}

/** What the LMS is asked at the end of a login: where it goes, with which parameters. */
export async function beginLogin(
  world: Pick<World, 'bridge'>,
  parameters: Record<string, string | undefined>,
  browser = new TestBrowser(),
  path = '/lti/login',
): Promise<{ page: Page; request: Record<string, string> }> {
  const sent = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const page = await browser.post(`${world.bridge.url}${path}`, Object.fromEntries(sent));
  const request = page.location ? Object.fromEntries(new URL(page.location).searchParams) : {};
  return { page, request };
}

/** A whole launch: login, authentication request, message, and what the bridge answers to it. */
export async function launch(
  world: Pick<World, 'bridge' | 'platform'>,
  draft: MessageDraft,
  forgery: Forgery = {},
  browser = new TestBrowser(),
): Promise<Page> {
  const { platform } = world.platform;
  const { page, request } = await beginLogin(
    world,
    { ...platform.startLogin(draft), ...forgery.loginParameters },
    browser,
  );
  if (page.status !== 302) return page;
  await forgery.afterLogin?.();
  const claims = { ...platform.claims(draft, request.nonce!), ...forgery.claims };
  const signed = await platform.sign(claims, forgery.header);
  const idToken = forgery.token ? await forgery.token(signed) : signed;
  const fields = { id_token: idToken, state: request.state! };
  return (forgery.browserAtLaunch ?? browser).post(
    `${world.bridge.url}/lti/launch`,
    forgery.fields ? forgery.fields(fields) : fields,
  );
}

/** Where a launch sends the application's browser: a redirect, or for a selection the frame of our page. */
export function destinationOf(page: Page): string | undefined {
  const framed = /<iframe id="application" src="([^"]+)"/.exec(page.text)?.[1];
  return page.location ?? framed?.replaceAll('&amp;', '&');
}

/** The code that a launch gave to the application. */
export function codeOf(page: Page): string {
  const destination = destinationOf(page);
  const code = destination && new URL(destination).searchParams.get('code');
  if (!code) throw new Error(`no code: ${page.status} ${refusalOf(page)}`);
  return code;
}

/** The code of the catalogue on a refusal's page. */
export function refusalOf(page: Page): string | undefined {
  return /<dd[^>]*>(?:<[^>]*>)?([a-z]+(?:_[a-z]+)+)</.exec(page.text)?.[1];
}

export interface TokenAnswer {
  status: number;
  headers: Headers;
  body: any;
}

export async function requestToken(
  world: Pick<World, 'bridge' | 'application'>,
  parameters: Record<string, string>,
  options: {
    path?: string;
    json?: boolean;
    headers?: Record<string, string>;
    secret?: string;
    /** Without a secret, as public applications and those with keys send it. */
    bare?: boolean;
  } = {},
): Promise<TokenAnswer> {
  const { application, bridge } = world;
  const all = {
    client_id: application.id,
    ...(options.bare ? {} : { client_secret: options.secret ?? application.secret }),
    ...parameters,
  };
  const response = await fetch(`${bridge.url}${options.path ?? '/oauth/token'}`, {
    method: 'POST',
    headers: options.json
      ? { 'content-type': 'application/json', ...options.headers }
      : { ...options.headers },
    body: options.json ? JSON.stringify(all) : new URLSearchParams(all),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

export function exchange(
  world: Pick<World, 'bridge' | 'application'>,
  code: string,
  options: Parameters<typeof requestToken>[2] = {},
): Promise<TokenAnswer> {
  const parameters = { grant_type: 'authorization_code', code, redirect_uri: world.application.redirectUri };
  return requestToken(world, parameters, options);
}

export function refresh(
  world: Pick<World, 'bridge' | 'application'>,
  refreshToken: string,
): Promise<TokenAnswer> {
  return requestToken(world, { grant_type: 'refresh_token', refresh_token: refreshToken });
}
