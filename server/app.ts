/** The whole site map on one screen: every door, in the order in which requests meet them. */
import Koa, { type Middleware } from 'koa';
import { sayAdminError, adminRoutes } from './admin/routes.js';
import { edlinkRoutes, sayEdlinkError } from './api/edlink/routes.js';
import type { Context } from './context.js';
import { health } from './health.js';
import { assets } from './http/assets.js';
import { door } from './http/doors.js';
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

  const bridge: Middleware[] = [
    ...under('/lti/', framedHeaders(context), door(context, page), ltiRoutes(context)),
    ...under('/oauth/', closedHeaders(), door(context, sayOAuthError), oauthRoutes(context)),
    ...under('/.well-known/', closedHeaders(), door(context, sayOAuthError), oauthRoutes(context)),
    ...under(
      '/api/',
      closedHeaders(),
      door(context, sayEdlinkError),
      oauthRoutes(context),
      edlinkRoutes(context),
    ),
    ...under(
      '/admin/api/',
      closedHeaders(),
      door(context, sayAdminError),
      adminRoutes({ ...config, ...context }),
    ),
    closedHeaders(),
    door(context, page),
    async function home(ctx, next) {
      if (ctx.path !== '/' || ctx.method !== 'GET') return next();
      pages.render(ctx, 'home', { development: context.development, sandbox: config.sandbox });
    },
  ];

  app.use(requestLog({ ...context, trustedProxies: config.trustedProxies }));
  app.use(door(context, page));
  app.use(health({ ...context, metricsToken: config.metricsToken, isDraining: lifecycle.isDraining }));
  app.use(assets(packageRoot));
  app.use(byHost([{ origin: config.publicUrl, middleware: bridge }, ...(context.sandbox?.sites ?? [])]));
  return app;
}

function onlyUnder(prefix: string, step: Middleware): Middleware {
  return (ctx, next) => (ctx.path.startsWith(prefix) ? step(ctx, next) : next());
}
