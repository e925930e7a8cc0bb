/** What every request carries: its id, the reference a person can read out, and the route it met. */
import { randomUUID } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { randomReference } from '../lib/crypto.js';
import type { Logger } from '../lib/logger.js';
import type { Metrics } from '../lib/metrics.js';

export interface RequestState {
  /** Also `$request` in Edlink's envelope and `x-request-id` in every answer. */
  id: string;
  reference: string;
  /** The address of the caller, as far as the configured proxies tell. */
  ip: string;
}

export function requestState(ctx: Context): RequestState {
  return ctx.state.request as RequestState;
}

/** First of all middleware: gives each request its state, then writes one log line and one measurement about it. */
export function requestLog(needs: { logger: Logger; metrics: Metrics; trustedProxies: number }): Middleware {
  return async function requestLog(ctx, next) {
    const startedAt = performance.now();
    const request: RequestState = {
      id: randomUUID(),
      reference: randomReference(),
      ip: clientIp(ctx, needs.trustedProxies),
    };
    ctx.state.request = request;
    ctx.set('X-Request-Id', request.id);
    try {
      await next();
    } finally {
      const seconds = (performance.now() - startedAt) / 1_000;
      const route = routeOf(ctx);
      needs.metrics.requests.observe({ route, method: ctx.method, status: String(ctx.status) }, seconds);
      needs.logger.info('request', {
        request_id: request.id,
        method: ctx.method,
        route,
        status: ctx.status,
        duration_ms: Math.round(seconds * 1_000),
      });
    }
  };
}

/** The pattern of the route that answered: an address with its values would put ids and hints into logs and labels. */
function routeOf(ctx: Context): string {
  const matched = (ctx as { _matchedRoute?: unknown })._matchedRoute ?? (ctx.state.route as unknown);
  return typeof matched === 'string' ? matched : 'none';
}

/**
 * The caller's address. X-Forwarded-For is read from the right, as many steps as there are proxies of ours: what stands
 * further left was written by the caller.
 */
function clientIp(ctx: Context, trustedProxies: number): string {
  const direct = ctx.req.socket.remoteAddress ?? '';
  if (trustedProxies === 0) return direct;
  const forwarded = ctx
    .get('X-Forwarded-For')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  return forwarded.at(-trustedProxies) ?? forwarded[0] ?? direct;
}
