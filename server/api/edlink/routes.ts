/** The table of Edlink's API: /api/v2/my/* for the person behind an access token. */
import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { failure } from '../../edlink/envelope.js';
import { requestState } from '../../http/request-state.js';
import type { BridgeError } from '../../lib/errors.js';
import { authenticate, type AuthenticateNeeds } from '../../oauth/authenticate.js';
import { oauthError } from '../../oauth/routes.js';
import { envelopedTokenPath } from '../../oauth/token-endpoint.js';
import { profile } from './roster.js';

export function edlinkRoutes(needs: AuthenticateNeeds): Middleware {
  const router = new Router({ prefix: '/api/v2/my' });
  router.use(authenticate(needs) as never);
  router.get('/profile', profile);
  return router.routes() as unknown as Middleware;
}

/** How this door says an error. */
export function sayEdlinkError(ctx: Context, error: BridgeError): void {
  const enveloped = failure(error, requestState(ctx).id);
  // The token endpoint stands at this door too; OAuth clients look for the members of RFC 6749.
  ctx.body = ctx.state.route === envelopedTokenPath ? { ...enveloped, ...oauthError(error) } : enveloped;
}
