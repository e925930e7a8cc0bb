/** A launch's timeline by itself: as data for the page that shows it live, and as a page for browsers without script. */
import type Router from '@koa/router';
import type { Pages } from '../../http/pages.js';
import { BridgeError } from '../../lib/errors.js';
import { storageFrameName } from './storage-modes.js';
import type { Run, Runs } from './runs.js';
import { readTimeline, type TimelineNeeds } from './timeline/timeline.js';

export interface RunPageNeeds extends TimelineNeeds {
  pages: Pages;
  runs: Runs;
}

export function runPages(router: Router, needs: RunPageNeeds): void {
  const { pages, runs } = needs;

  router.get('/runs/:run', async (ctx) => {
    const run = readRun(runs, ctx.params);
    pages.render(ctx, 'sandbox/lms-run', { run, timeline: await readTimeline(needs, run) });
  });

  router.get('/runs/:run/steps.json', async (ctx) => {
    ctx.body = await readTimeline(needs, readRun(runs, ctx.params));
  });

  // The frame that keeps values for tools, where the course page does not do so itself.
  router.get('/lti/storage-frame', (ctx) =>
    pages.render(ctx, 'sandbox/lms-storage-frame', { name: storageFrameName }),
  );
}

function readRun(runs: Runs, { run }: Record<string, string | undefined>): Run {
  const found = runs.find(run);
  if (!found) throw new BridgeError('not_found');
  return found;
}
