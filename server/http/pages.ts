/** Renders views/*.eta. Values are escaped by the engine; its options never come from a request. */
import { join } from 'node:path';
import { Eta } from 'eta';
import type { Context } from 'koa';
import type { BridgeError } from '../lib/errors.js';
import { requestState } from './request-state.js';

export interface Pages {
  /** Answers with a page; `values` are what the view calls `it`. */
  render(ctx: Context, view: string, values: Record<string, unknown>): void;
}

/** @param root the folder that holds views/ */
export function createPages(root: string): Pages {
  const eta = new Eta({ views: join(root, 'views'), cache: true, autoEscape: true });
  return {
    render(ctx, view, values) {
      ctx.type = 'html';
      ctx.body = eta.render(`./${view}`, values);
    },
  };
}

/** The calm page of a refusal: one sentence, one thing to do, a code and a reference. */
export function sayErrorAsPage(pages: Pages) {
  return (ctx: Context, error: BridgeError): void => {
    pages.render(ctx, 'error', {
      sentence: error.row.sentence,
      action: error.row.action,
      code: error.code,
      quote: error.quote,
      reference: requestState(ctx).reference,
      time: new Date().toISOString(),
    });
  };
}
