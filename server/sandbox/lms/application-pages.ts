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

  const show = async (ctx: Context, values: Record<string, unknown> = {}) =>
    framedPage(needs, ctx).render('sandbox/lms-applications', {
      publicUrl,
      isOpen,
      isFull: (await tools.list()).filter(({ isPluggedIn }) => isPluggedIn).length >= pluggedInAtMost,
      input: {},
      problems: {},
      ...values,
    });

  router.get('/applications', (ctx) => show(ctx));

  router.post('/applications', ...form, async (ctx) => {
    if (!isOpen) throw new BridgeError('not_found');
    const input = readInput(ctx);
    const { isFull, ...problems } = await problemsOf(input);
    if (isFull || Object.values(problems).some(Boolean)) {
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

  async function problemsOf({ name, redirectUri }: Input) {
    const pluggedIn = (await tools.list()).filter(({ isPluggedIn }) => isPluggedIn);
    return {
      isFull: pluggedIn.length >= pluggedInAtMost,
      name: name.length > 100 ? 'This name is too long.' : undefined,
      redirectUri: problemOfRedirectUri(redirectUri),
    };
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
