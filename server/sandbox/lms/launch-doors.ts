/**
 * Where the sandbox LMS speaks LTI: it starts logins (1EdTech Security Framework 1.0 section 5.1.1.1), answers
 * authentication requests (section 5.1.1.3) and publishes its keys. Each step is noted for the timeline of its launch.
 */
import { bodyParser } from '@koa/bodyparser';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Pages } from '../../http/pages.js';
import type { Egress } from '../../lib/egress.js';
import { sandboxClientId } from '../identifiers.js';
import { readActivity, runSubject, type Activity } from './activities.js';
import { breakMessage, closedDeploymentId } from './break-message.js';
import type { DeepLinkRequests } from './deep-link/requests.js';
import { addContent, openLink } from './drafts.js';
import type { MessageDraft } from './message.js';
import type { Run, Runs } from './runs.js';
import type { Schools } from './schools.js';
import { readStorageMode } from './storage-modes.js';
import type { Tools } from './tools.js';
import { unboundLogin } from './unbound-login.js';

export interface LaunchDoorNeeds {
  pages: Pages;
  lmsUrl: string;
  /** The tool's initiate_login_uri and its redirect_uri. */
  toolLoginUrl: string;
  toolLaunchUrl: string;
  tools: Tools;
  schools: Schools;
  runs: Runs;
  requests: DeepLinkRequests;
  send: Egress['send'];
  /** Makes the bridge know the deployment that is not let in. */
  closeDeployment(clientId: string): Promise<void>;
  /** Reads the keys as they are stored now. */
  refreshKeys(): Promise<void>;
}

export function launchDoors(router: Router, needs: LaunchDoorNeeds): void {
  const { pages, runs, tools, toolLoginUrl } = needs;

  router.get('/people/:person/courses/:course/open/:activity/launch', async (ctx) => {
    const activity = readActivity(needs.schools.of(ctx), ctx.params);
    const run = await runOf(needs, ctx, activity);
    const fields = await startLogin(needs, ctx, activity, run);
    runs.noteLogin(run, toolLoginUrl, fields);
    if (run.breakName === 'no-cookies') {
      const destination = await unboundLogin(needs.send, toolLoginUrl, fields);
      // Only back to ourselves, whatever the answer said.
      return ctx.redirect(`/lti/authorize${new URL(destination).search}`);
    }
    pages.render(ctx, 'sandbox/lms-post', { title: activity.title, address: toolLoginUrl, fields });
  });

  async function authorize(ctx: Context, sent: unknown): Promise<void> {
    await needs.refreshKeys();
    const params = (sent ?? {}) as Record<string, unknown>;
    const run = runs.noteRequest(params);
    const tool = await tools.find(typeof params.client_id === 'string' ? params.client_id : undefined);
    const platform = tools.platformOf(tool?.clientId ?? sandboxClientId);
    const { redirectUri, fields: right } = await platform.authorize(params);
    const fields = run?.breakName ? await breakMessage(run.breakName, platform, right) : right;
    if (run) run.answer = { address: redirectUri, fields };
    const twice = run?.breakName === 'replayed';
    pages.render(ctx, 'sandbox/lms-post', { title: 'Signing in', address: redirectUri, fields, twice });
  }

  router.get('/lti/authorize', (ctx) => authorize(ctx, ctx.query));
  router.post('/lti/authorize', bodyParser({ enableTypes: ['form'], formLimit: '64kb' }), (ctx) =>
    authorize(ctx, ctx.request.body),
  );

  router.get('/lti/keys', async (ctx) => {
    await needs.refreshKeys();
    ctx.set('Cache-Control', 'public, max-age=300');
    ctx.body = tools.platformOf(sandboxClientId).jwks();
  });
}

/** The run that the page with the frame has begun, or one of its own for a launch that came without. */
async function runOf(needs: LaunchDoorNeeds, ctx: Context, activity: Activity): Promise<Run> {
  const id = typeof ctx.query.run === 'string' ? ctx.query.run : undefined;
  const begun = needs.runs.find(id);
  const isSame = begun?.activity === activity.slug && begun.course === activity.course.slug;
  return begun && isSame ? begun : needs.runs.start(await runSubject(needs.tools, activity, ctx.query));
}

async function startLogin(
  needs: LaunchDoorNeeds,
  ctx: Context,
  activity: Activity,
  run: Run,
): Promise<Record<string, string>> {
  const platform = needs.tools.platformOf(run.clientId);
  const fields = platform.startLogin(draft(needs, ctx, activity, run, platform.deploymentId));
  const { target } = readStorageMode(run.storage);
  if (target !== undefined) fields.lti_storage_target = target;
  if (run.breakName === 'unknown-deployment') {
    await needs.closeDeployment(run.clientId);
    fields.lti_deployment_id = closedDeploymentId;
  }
  return fields;
}

function draft(
  needs: LaunchDoorNeeds,
  ctx: Context,
  activity: Activity,
  run: Run,
  deploymentId: string,
): MessageDraft {
  const { lmsUrl, toolLaunchUrl } = needs;
  const { school, person, course, link } = activity;
  const documentTarget = ctx.query.in === 'window' ? 'window' : 'iframe';
  const about = { lmsUrl, toolLaunchUrl, schoolId: school.id, person, course, documentTarget } as const;
  if (link) return openLink(about, link);
  const request = needs.requests.open(lmsUrl, {
    schoolId: school.id,
    person: person.slug,
    course: course.slug,
    clientId: run.clientId,
    deploymentId,
    runId: run.id,
  });
  return addContent(about, request.settings);
}
