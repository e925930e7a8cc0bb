/**
 * A door is the way in for one kind of caller. Each door has one catch, here, and one way to say an error: a page for
 * people, an envelope for each API. Nothing below a door renders an error.
 */
import type { Context, Middleware } from 'koa';
import { BridgeError } from '../lib/errors.js';
import { errorFields, type Logger } from '../lib/logger.js';
import type { Metrics } from '../lib/metrics.js';
import { requestState } from './request-state.js';
import { closedHeaders } from './security-headers.js';

export interface DoorNeeds {
  logger: Logger;
  metrics: Metrics;
  /** Knows the errors of drivers; undefined for what is not theirs. */
  asStorageError(error: unknown): BridgeError | undefined;
}

/** Says an error in the way that the callers of a door understand. Sets the body; status and headers are set already. */
export type SayError = (ctx: Context, error: BridgeError) => void | Promise<void>;

const closed = closedHeaders();

export function door(needs: DoorNeeds, say: SayError): Middleware {
  return async function door(ctx, next) {
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined && !ctx.headerSent) throw new BridgeError('not_found');
      if (ctx.status === 405 && !ctx.body) throw new BridgeError('method_not_allowed');
    } catch (thrown) {
      const error = asBridgeError(needs, thrown);
      report(needs, ctx, error);
      ctx.status = error.status;
      ctx.set('Cache-Control', 'no-store');
      // Refused before it came to any place with a policy of its own: a foreign host name, for one.
      if (!ctx.res.hasHeader('Content-Security-Policy')) await closed(ctx, async () => undefined);
      if (error.retryAfter !== undefined) ctx.set('Retry-After', String(error.retryAfter));
      await say(ctx, error);
    }
  };
}

/**
 * The end of a table of routes: what did not match is refused by this table's own door. Without it the request would go
 * on to the door for pages, and an application would be told in HTML.
 */
export async function endOfTable(ctx: Context): Promise<void> {
  const { matched = [] } = ctx as { matched?: { methods: string[] }[] };
  const methods = [...new Set(matched.flatMap((route) => route.methods))];
  if (methods.length === 0) throw new BridgeError('not_found');
  ctx.set('Allow', methods.join(', '));
  throw new BridgeError('method_not_allowed');
}

/** Turns whatever was thrown into an error of the catalogue; what nobody foresaw is internal_error. */
export function asBridgeError(needs: Pick<DoorNeeds, 'asStorageError'>, thrown: unknown): BridgeError {
  if (thrown instanceof BridgeError) return thrown;
  const storage = needs.asStorageError(thrown);
  if (storage) return storage;
  const { status } = thrown as { status?: unknown };
  if (status === 413) return new BridgeError('body_too_large', { cause: thrown });
  if (status === 404) return new BridgeError('not_found', { cause: thrown });
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new BridgeError('request_invalid', { detail: 'the request cannot be read', cause: thrown });
  }
  // Malformed percent-encoding, and characters that may not stand in a header: the caller's doing.
  const code = (thrown as { code?: unknown }).code;
  if (thrown instanceof URIError || code === 'ERR_INVALID_CHAR') {
    return new BridgeError('request_invalid', {
      detail: 'the request has characters that cannot be used',
      cause: thrown,
    });
  }
  return new BridgeError('internal_error', { cause: thrown });
}

function report(needs: DoorNeeds, ctx: Context, error: BridgeError): void {
  const { id, reference } = requestState(ctx);
  needs.metrics.refusals.inc({ code: error.code });
  const fields = { request_id: id, reference, code: error.code, detail: error.detail, field: error.field };
  if (error.status >= 500) needs.logger.error('failed', { ...fields, ...errorFields(error.cause ?? error) });
  else needs.logger.info('refused', fields);
}
