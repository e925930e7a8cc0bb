/**
 * The demonstration application as a site of its own: what a developer's product does with a launch. It takes the code,
 * asks the bridge for tokens and for the person, and shows all of it.
 */
import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { Site } from '../../http/hosts.js';
import type { Pages } from '../../http/pages.js';
import { BridgeError } from '../../lib/errors.js';
import { applicationHeaders, inEnglish, noStore } from '../headers.js';
import { ownForm } from '../own-form.js';
import type { BridgeClient } from './bridge-client.js';
import { catalogue } from './catalogue.js';
import { presentLaunch } from './presentation.js';
import { exchangeProblem, noCode, noSession, refreshProblem, type Problem } from './problem.js';
import { readPicked, readSelecting } from './selecting.js';
import { Sessions, type Session } from './sessions.js';

export interface ApplicationSiteNeeds {
  pages: Pages;
  appUrl: string;
  lmsUrl: string;
  publicUrl: string;
  /** Undefined until the sandbox is prepared. */
  client(): BridgeClient | undefined;
}

export function applicationSite(needs: ApplicationSiteNeeds): Site {
  const { pages, appUrl, lmsUrl, publicUrl } = needs;
  const sessions = new Sessions();
  const router = new Router();

  const show = (ctx: Context, session: Session) => {
    const launch = presentLaunch(session);
    const selecting = readSelecting(session.context);
    if (selecting)
      pages.render(ctx, 'sandbox/app-picker', { launch, selecting, catalogue, appUrl, publicUrl });
    else pages.render(ctx, 'sandbox/app-launch', { launch, picked: readPicked(session.context) });
  };
  const say = (ctx: Context, problem: Problem) => {
    ctx.status = problem.status;
    pages.render(ctx, 'sandbox/app-problem', { problem, lmsUrl });
  };
  const client = (): BridgeClient => {
    const ready = needs.client();
    if (!ready) throw new BridgeError('tool_not_configured', { detail: 'the sandbox is not prepared' });
    return ready;
  };

  router.get('/', (ctx) => {
    const session = sessions.find(ctx);
    if (session) show(ctx, session);
    else pages.render(ctx, 'sandbox/app-home', { lmsUrl });
  });

  router.get('/callback', async (ctx) => {
    if (!ctx.query.code && !ctx.query.error) return say(ctx, noCode);
    let session: Session;
    try {
      const { response, person } = await client().exchange(new URL(`/callback?${ctx.querystring}`, appUrl));
      const profile = await client().profile(response.access_token);
      session = { person, tokens: response, context: response.context, profile, refreshes: 0 };
    } catch (error) {
      return say(ctx, exchangeProblem(error));
    }
    sessions.start(ctx, session);
    show(ctx, session);
  });

  router.post('/refresh', ownForm(appUrl), async (ctx) => {
    const session = sessions.find(ctx);
    if (!session?.tokens.refresh_token) return say(ctx, noSession);
    try {
      session.tokens = { ...session.tokens, ...(await client().refresh(session.tokens.refresh_token)) };
      session.profile = await client().profile(session.tokens.access_token);
      session.refreshes += 1;
    } catch (error) {
      return say(ctx, refreshProblem(error));
    }
    show(ctx, session);
  });

  router.post('/user-info', ownForm(appUrl), async (ctx) => {
    const session = sessions.find(ctx);
    if (!session) return say(ctx, noSession);
    try {
      session.userInfo = await client().userInfo(session.tokens.access_token, session.person.sub);
    } catch (error) {
      return say(ctx, refreshProblem(error));
    }
    show(ctx, session);
  });

  return {
    origin: appUrl,
    middleware: [
      applicationHeaders(publicUrl),
      noStore,
      inEnglish,
      router.routes() as Middleware,
      router.allowedMethods() as Middleware,
    ],
  };
}
