/** The table of Edlink's API: /api/v2/my/* for the person behind an access token. */
import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { failure } from '../../edlink/envelope.js';
import { endOfTable } from '../../http/doors.js';
import { requestState } from '../../http/request-state.js';
import type { BridgeError } from '../../lib/errors.js';
import { authenticate, type AuthenticateNeeds } from '../../oauth/authenticate.js';
import { oauthError } from '../../oauth/routes.js';
import { envelopedTokenPath } from '../../oauth/token-endpoint.js';
import { profile } from './roster.js';

export function edlinkRoutes(needs: AuthenticateNeeds): Middleware {
  const router = new Router({ prefix: '/api/v2/my' });
  // On each route and not before the table, so that a refusal too is logged and counted under its route.
  const signedIn = authenticate(needs);
  router.get('/profile', signedIn, profile);
  const routes = router.routes() as unknown as Middleware;
  return async function edlinkRoutes(ctx, next) {
    if (!ctx.path.startsWith('/api/v2/')) return next();
    await routes(ctx, () => endOfTable(ctx));
  };
}

/** How this door says an error. */
export function sayEdlinkError(ctx: Context, error: BridgeError): void {
  const enveloped = failure(error, requestState(ctx).id);
  // The token endpoint stands at this door too; OAuth clients look for the members of RFC 6749.
  ctx.body = ctx.state.route === envelopedTokenPath ? { ...enveloped, ...oauthError(error) } : enveloped;
}
