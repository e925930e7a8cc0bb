/** Which applications can be tried here: choose one, plug in one's own, take it out again. */
import { bodyParser } from '@koa/bodyparser';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { BridgeError } from '../../lib/errors.js';
import { ownForm } from '../own-form.js';
import { framedPage, type FramedPageNeeds } from './frame-of-pages.js';
import { plugIn, pluggedInAtMost, problemOfRedirectUri, unplug, type PlugInNeeds } from './plug-in.js';

export interface ApplicationPageNeeds extends FramedPageNeeds, PlugInNeeds {
  publicUrl: string;
  lmsUrl: string;
}

export function applicationPages(router: Router, needs: ApplicationPageNeeds): void {
  const { publicUrl, lmsUrl, schools, tools } = needs;
  const form = [ownForm(lmsUrl), bodyParser({ enableTypes: ['form'], formLimit: '16kb' })] as const;
  // Anybody can open this LMS; where others than its developer do, nobody may connect applications without the operator.
  const isOpen = new URL(publicUrl).protocol === 'http:';

  async function isFull(): Promise<boolean> {
    return (await tools.list()).filter(({ isPluggedIn }) => isPluggedIn).length >= pluggedInAtMost;
  }

  async function show(ctx: Context, values: Record<string, unknown> = {}): Promise<void> {
    const facts = { publicUrl, isOpen, isFull: await isFull(), input: {}, problems: {} };
    await framedPage(needs, ctx).render('sandbox/lms-applications', { ...facts, ...values });
  }

  router.get('/applications', (ctx) => show(ctx));

  router.post('/applications', ...form, async (ctx) => {
    if (!isOpen) throw new BridgeError('not_found');
    const input = readInput(ctx);
    const problems = problemsOf(input);
    if (Object.values(problems).some(Boolean) || (await isFull())) {
      ctx.status = 422;
      return show(ctx, { input, problems });
    }
    const plugged = await plugIn(needs, input);
    choose(ctx, plugged.toolClientId);
    return framedPage(needs, ctx).render('sandbox/lms-plugged-in', { publicUrl, plugged });
  });

  router.post('/applications/choose', ...form, async (ctx) => {
    const { client_id, back } = (ctx.request.body ?? {}) as Record<string, unknown>;
    const tool = await tools.find(String(client_id));
    if (!tool) throw new BridgeError('not_found');
    choose(ctx, tool.clientId);
    // Back to a page of this LMS and nowhere else.
    ctx.redirect(typeof back === 'string' && /^\/(people\/[\w/-]+)?$/.test(back) ? back : '/');
  });

  router.post('/applications/:client/remove', ...form, async (ctx) => {
    const tool = await tools.find(ctx.params.client);
    if (!isOpen || !tool?.isPluggedIn) throw new BridgeError('not_found');
    await unplug(needs, tool);
    ctx.redirect('/applications');
  });

  function choose(ctx: Context, clientId: string): void {
    const school = schools.of(ctx);
    school.clientId = clientId;
    schools.keep(school);
  }
}

interface Input {
  name: string;
  redirectUri: string;
}

function readInput(ctx: Context): Input {
  const { name, redirect_uri } = (ctx.request.body ?? {}) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === 'string' ? value.trim() : '');
  return { name: text(name) || 'My application', redirectUri: text(redirect_uri) };
}

/** What is wrong with a field, by its name. */
function problemsOf({ name, redirectUri }: Input): Record<keyof Input, string | undefined> {
  return {
    name: name.length > 100 ? 'This name is too long.' : undefined,
    redirectUri: problemOfRedirectUri(redirectUri),
  };
}
