/** Renders views/*.eta in the person's language. Values are escaped by the engine; its options never come from a request. */
import { join } from 'node:path';
import { Eta } from 'eta';
import type { Context } from 'koa';
import type { BridgeError } from '../lib/errors.js';
import { withQuery } from '../lib/url.js';
import { requestState } from './request-state.js';
import { loadTexts, type Language } from './texts.js';

export interface Pages {
  /** Answers with a page; `values` are what the view calls `it`, beside `lang`, `dir`, `t`, `sentence` and `action`. */
  render(ctx: Context, view: string, values: Record<string, unknown>): void;
  /** The language in which that page would be. */
  languageOf(ctx: Context): Language;
}

/** @param root the folder that holds views/ */
export function createPages(root: string): Pages {
  const eta = new Eta({ views: join(root, 'views'), cache: true, autoEscape: true });
  const { english, languageOf } = loadTexts(root);
  return {
    languageOf,
    render(ctx, view, values) {
      // The sandbox is for whoever tries the bridge, and speaks English only.
      const language = view.startsWith('sandbox/') ? english : languageOf(ctx);
      ctx.type = 'html';
      ctx.set('Content-Language', language.lang);
      ctx.vary('Accept-Language');
      ctx.body = eta.render(`./${view}`, { ...language, ...values });
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
      returnUrl: returnUrlOf(ctx, error, pages.languageOf(ctx).sentence(error.code), reference),
    });
  };
}

/**
 * The way back to the course, only where a verified message told it (LTI Core 1.3 section 5.4.4). The LMS may show the
 * sentence, so it is in the person's language, and log the rest; no internals travel there.
 */
function returnUrlOf(
  ctx: Context,
  { code }: BridgeError,
  sentence: string,
  reference: string,
): string | undefined {
  const { returnUrl } = ctx.state as { returnUrl?: string };
  return returnUrl && withQuery(returnUrl, { lti_errormsg: sentence, lti_errorlog: `${code} ${reference}` });
}
