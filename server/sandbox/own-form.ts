/** Cookies come along from every site that posts here, so a form must come from a page of the site itself. */
import type { Middleware } from 'koa';
import { BridgeError } from '../lib/errors.js';

/** @param origin the site's own */
export function ownForm(origin: string): Middleware {
  return async function ownForm(ctx, next) {
    if (ctx.get('Origin') !== origin)
      throw new BridgeError('request_invalid', { detail: 'a form of another site' });
    await next();
  };
}
