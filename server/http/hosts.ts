/**
 * Tells the origins apart that one listener answers for. The Host header is compared with the configured origins and
 * never used to build an address; an unknown one is refused (RFC 9110 section 15.5.20).
 */
import compose from 'koa-compose';
import type { Middleware } from 'koa';
import { BridgeError } from '../lib/errors.js';

export interface Site {
  /** Origin without a trailing slash. */
  origin: string;
  middleware: Middleware[];
}

export function byHost(sites: Site[]): Middleware {
  const handlers = new Map(sites.map((site) => [new URL(site.origin).host, compose(site.middleware)]));
  return async function byHost(ctx, next) {
    const handler = handlers.get((ctx.req.headers.host ?? '').toLowerCase());
    if (!handler) throw new BridgeError('host_unknown');
    return handler(ctx, next);
  };
}
