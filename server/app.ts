/** The whole site map on one screen: every door, in the order in which requests meet them. */
import Koa, { type Middleware } from 'koa';
import { sayAdminError, adminRoutes } from './admin/routes.js';
import { edlinkRoutes, sayEdlinkError } from './api/edlink/routes.js';
import type { Context } from './context.js';
import { health } from './health.js';
import { assets } from './http/assets.js';
import { door, endOfTable } from './http/doors.js';
import { byHost } from './http/hosts.js';
import { sayErrorAsPage } from './http/pages.js';
import { requestLog } from './http/request-state.js';
import { closedHeaders, framedHeaders } from './http/security-headers.js';
import { errorFields } from './lib/logger.js';
import { packageRoot } from './lib/package-root.js';
import { ltiRoutes } from './lti/routes.js';
import { oauthRoutes, sayOAuthError } from './oauth/routes.js';

export function createApp(context: Context, lifecycle: { isDraining(): boolean }): Koa {
  const { config, logger, pages } = context;
  const app = new Koa();
  // The authorization server reads the address to announce from headers that only our own mount writes (oauth/routes.ts).
  app.proxy = true;
  app.on('error', (error: unknown) => logger.warn('connection', errorFields(error)));

  const page = sayErrorAsPage(pages);
  const under = (prefix: string, ...steps: Middleware[]) => steps.map((step) => onlyUnder(prefix, step));

  // An authorization request is answered inside the LMS's frame, its refusal too.
  const [framed, closed] = [framedHeaders(context), closedHeaders()];
  const oauthHeaders: Middleware = (ctx, next) =>
    ctx.path === '/oauth/authorize' ? framed(ctx, next) : closed(ctx, next);

  const bridge: Middleware[] = [
    ...under('/lti/', framed, door(context, page), ltiRoutes(context)),
    ...under('/oauth/', oauthHeaders, door(context, sayOAuthError), oauthRoutes(context)),
    ...under('/.well-known/', closed, door(context, sayOAuthError), oauthRoutes(context)),
    ...under(
      '/api/',
      closed,
      door(context, sayEdlinkError),
      oauthRoutes(context),
      edlinkRoutes(context),
      endOfTable as Middleware,
    ),
    ...under('/admin/api/', closed, door(context, sayAdminError), adminRoutes({ ...config, ...context })),
    closed,
    door(context, page),
    async function home(ctx, next) {
      if (ctx.path !== '/' || !['GET', 'HEAD'].includes(ctx.method)) return next();
      pages.render(ctx, 'home', { development: context.development, sandbox: config.sandbox });
    },
  ];

  app.use(requestLog({ ...context, trustedProxies: config.trustedProxies }));
  app.use(door(context, page));
  app.use(health({ ...context, metricsToken: config.metricsToken, isDraining: lifecycle.isDraining }));
  const files = assets(packageRoot);
  const sites = [{ origin: config.publicUrl, middleware: bridge }, ...(context.sandbox?.sites ?? [])];
  app.use(byHost(sites.map(({ origin, middleware }) => ({ origin, middleware: [files, ...middleware] }))));
  return app;
}

function onlyUnder(prefix: string, step: Middleware): Middleware {
  return (ctx, next) => (ctx.path.startsWith(prefix) ? step(ctx, next) : next());
}
