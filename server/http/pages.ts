/** Renders views/*.eta in the person's language. Values are escaped by the engine; its options never come from a request. */
import { join } from 'node:path';
import { Eta } from 'eta';
import type { Context } from 'koa';
import type { BridgeError } from '../lib/errors.js';
import { withQuery } from '../lib/url.js';
import { requestState } from './request-state.js';
import { loadTexts } from './texts.js';

export interface Pages {
  /** Answers with a page; `values` are what the view calls `it`, beside `lang`, `dir` and `t`. */
  render(ctx: Context, view: string, values: Record<string, unknown>): void;
}

/** @param root the folder that holds views/ */
export function createPages(root: string): Pages {
  const eta = new Eta({ views: join(root, 'views'), cache: true, autoEscape: true });
  const texts = loadTexts(root);
  return {
    render(ctx, view, values) {
      ctx.type = 'html';
      ctx.set('Content-Language', texts(ctx).lang);
      ctx.vary('Accept-Language');
      ctx.body = eta.render(`./${view}`, { ...texts(ctx), ...values });
    },
  };
}

/** The calm page of a refusal: one sentence, one thing to do, a code and a reference. */
export function sayErrorAsPage(pages: Pages) {
  return (ctx: Context, error: BridgeError): void => {
    const { reference } = requestState(ctx);
    pages.render(ctx, 'error', {
      code: error.code,
      quote: error.quote,
      reference,
      time: new Date().toISOString(),
      returnUrl: returnUrlOf(ctx, error, reference),
    });
  };
}

/**
 * The way back to the course, only where a verified message told it (LTI Core 1.3 section 5.4.4). The LMS may show the
 * message and log the rest; no internals travel there.
 */
function returnUrlOf(ctx: Context, error: BridgeError, reference: string): string | undefined {
  const { returnUrl } = ctx.state as { returnUrl?: string };
  return (
    returnUrl &&
    withQuery(returnUrl, { lti_errormsg: error.row.sentence, lti_errorlog: `${error.code} ${reference}` })
  );
}
