/**
 * Where the sandbox LMS speaks LTI: it starts logins (1EdTech Security Framework 1.0 section 5.1.1.1), answers
 * authentication requests (section 5.1.1.3), publishes its keys, and takes back what tools return.
 */
import { bodyParser } from '@koa/bodyparser';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Pages } from '../../http/pages.js';
import { readActivity, readCourse, readPerson, type Activity } from './course-pages.js';
import { readDeepLinkReturn } from './deep-link-return.js';
import { addContent, openLink, type DraftAddresses } from './drafts.js';
import type { MessageDraft } from './message.js';
import type { SimulatedPlatform } from './platform.js';

export interface LaunchDoorNeeds {
  pages: Pages;
  platform: SimulatedPlatform;
  addresses: DraftAddresses;
  /** The tool's initiate_login_uri. */
  toolLoginUrl: string;
  /** Reads the keys as they are stored now. */
  refreshKeys(): Promise<void>;
}

const form = (limit: string) => bodyParser({ enableTypes: ['form'], formLimit: limit });

export function launchDoors(router: Router, needs: LaunchDoorNeeds): void {
  const { pages, platform, addresses, toolLoginUrl } = needs;

  router.get('/people/:person/courses/:course/open/:activity/launch', (ctx) => {
    const activity = readActivity(ctx.params);
    const fields = platform.startLogin(
      draft(addresses, activity, ctx.query.in === 'window' ? 'window' : 'iframe'),
    );
    pages.render(ctx, 'sandbox/lms-post', { title: activity.title, action: toolLoginUrl, fields });
  });

  async function authorize(ctx: Context, params: unknown): Promise<void> {
    await needs.refreshKeys();
    const { redirectUri, fields } = await platform.authorize((params ?? {}) as Record<string, unknown>);
    pages.render(ctx, 'sandbox/lms-post', { title: 'Signing in', action: redirectUri, fields });
  }

  router.get('/lti/authorize', (ctx) => authorize(ctx, ctx.query));
  router.post('/lti/authorize', form('64kb'), (ctx) => authorize(ctx, ctx.request.body));

  router.get('/lti/keys', async (ctx) => {
    await needs.refreshKeys();
    ctx.set('Cache-Control', 'public, max-age=300');
    ctx.body = platform.jwks();
  });

  router.post('/lti/deep-link-return', form('1mb'), (ctx) => {
    const [person, course] = [readPerson(asParams(ctx.query)), readCourse(asParams(ctx.query))];
    const returned = readDeepLinkReturn(ctx.request.body);
    pages.render(ctx, 'sandbox/lms-deep-link-return', { person, course, returned });
  });

  // What a tool may say when it sends a person back (LTI Core 1.3 section 5.4.4.1); lti_log and lti_errorlog are not
  // meant for people.
  router.get('/lti/return', (ctx) => {
    const query = asParams(ctx.query);
    const [person, course] = [readPerson(query), readCourse(query)];
    pages.render(ctx, 'sandbox/lms-return', {
      person,
      course,
      message: query.lti_msg,
      error: query.lti_errormsg,
    });
  });
}

function draft(addresses: DraftAddresses, activity: Activity, target: 'iframe' | 'window'): MessageDraft {
  const { person, course, link } = activity;
  return link
    ? openLink(addresses, person, course, link, target)
    : addContent(addresses, person, course, target);
}

function asParams(query: Context['query']): Record<string, string | undefined> {
  const entries = Object.entries(query).map(([name, value]) => [
    name,
    Array.isArray(value) ? value[0] : value,
  ]);
  return Object.fromEntries(entries) as Record<string, string | undefined>;
}
