/** A run as a timeline: what the LMS saw go by, and what the bridge wrote down about it, step by step. */
import { sha256 } from '../../../lib/crypto.js';
import type { Launch } from '../../../store/launches.js';
import type { RefusedLaunch } from '../../../store/refused-launches.js';
import type { Run } from '../runs.js';
import { checksUpTo, passedChecks, sentenceOf } from './checks.js';
import { loginMeanings, requestMeanings } from './meanings.js';
import { selectionStep } from './selection-step.js';
import { decodedTexts, facts, step, type Step, type Timeline } from './steps.js';

export interface TimelineNeeds {
  launches: { findByNonce(nonceHash: string): Promise<Launch | undefined> };
  refusedLaunches: { findByNonce(nonceHash: string): Promise<RefusedLaunch | undefined> };
}

interface Outcome {
  launch: Launch | undefined;
  refused: RefusedLaunch | undefined;
}

export async function readTimeline(needs: TimelineNeeds, run: Run): Promise<Timeline> {
  const outcome = await findOutcome(needs, run);
  const steps = [
    loginStep(run),
    requestStep(run),
    messageStep(run),
    checkStep(run, outcome),
    outcomeStep(run, outcome),
    ...(run.isDeepLinking ? [selectionStep(run, outcome.launch !== undefined)] : []),
  ];
  return { version: sha256(JSON.stringify(steps)).slice(0, 16), status: statusOf(steps), steps };
}

/** The nonce that the bridge made for a login stands with the launch it led to, and with every refusal of it. */
async function findOutcome({ launches, refusedLaunches }: TimelineNeeds, run: Run): Promise<Outcome> {
  const nonce = run.answer && run.request?.parameters.nonce;
  if (!nonce) return { launch: undefined, refused: undefined };
  const hash = sha256(nonce);
  const [launch, refused] = await Promise.all([
    launches.findByNonce(hash),
    refusedLaunches.findByNonce(hash),
  ]);
  return { launch, refused };
}

function loginStep({ login, breakName }: Run): Step {
  const title = 'The LMS asks for a login';
  if (!login) return step('login', title, 'waiting', 'The launch has not begun yet.');
  const how =
    breakName === 'no-cookies' ? 'By itself, without the browser, it calls' : 'The browser posts this to';
  return step('login', title, 'done', `${how} ${login.address}`, {
    facts: facts(login.parameters, loginMeanings),
  });
}

function requestStep({ login, request }: Run): Step {
  const title = 'The bridge asks for a message';
  if (!request) {
    const summary = login ? 'Nothing has come back from the bridge yet.' : 'Not yet.';
    return step('request', title, 'waiting', summary);
  }
  return step('request', title, 'done', 'It sends the browser back with an authentication request.', {
    facts: facts(request.parameters, requestMeanings),
  });
}

function messageStep({ answer }: Run): Step {
  const title = 'The LMS answers';
  if (!answer) return step('message', title, 'waiting', 'Not yet.');
  const { id_token, ...others } = answer.fields;
  const summary = id_token
    ? 'It posts a signed message, the id_token, and the state as it came.'
    : 'It posts an error instead of a message.';
  return step('message', title, 'done', summary, {
    facts: facts(others),
    texts: id_token ? decodedTexts(id_token) : [],
  });
}

function checkStep({ answer }: Run, { launch, refused }: Outcome): Step {
  const title = 'The bridge checks it';
  // A message that was sent twice is in both lists; what went wrong is the news.
  if (refused) {
    const checks = checksUpTo(refused.code, refused.detail);
    return step('checks', title, 'failed', sentenceOf(refused.code), {
      checks,
      facts: facts({
        code: refused.code,
        reference: refused.reference,
        ...(refused.detail === null ? {} : { detail: refused.detail }),
      }),
    });
  }
  if (launch) {
    const checks = passedChecks();
    return step('checks', title, 'done', `All ${checks.length} checks passed.`, { checks });
  }
  return step('checks', title, 'waiting', answer ? 'The bridge has not decided yet.' : 'Not yet.');
}

function outcomeStep({ redirectUri }: Run, { launch, refused }: Outcome): Step {
  const title = 'What came of it';
  if (launch) {
    const summary = refused
      ? 'One of the two was let in, the other was not.'
      : `A launch with the intent “${launch.intent}”, handed to ${redirectUri}`;
    return step('outcome', title, 'done', summary, { facts: facts(idsOf(launch)) });
  }
  if (refused) return step('outcome', title, 'not reached', 'Nobody was let in, and nothing was stored.');
  return step('outcome', title, 'waiting', 'Not yet.');
}

function idsOf(launch: Launch): Record<string, string> {
  return {
    launch: launch.id,
    intent: launch.intent,
    application: launch.applicationId,
    person: launch.personId,
    class: launch.classId ?? 'none',
    assignment: launch.assignmentId ?? 'none',
    selection: launch.selectionId ?? 'none',
  };
}

function statusOf(steps: Step[]): string {
  const failed = steps.find(({ state }) => state === 'failed');
  if (failed) return `${failed.title}: ${failed.summary}`;
  const done = steps.filter(({ state }) => state === 'done').length;
  return `${done} of ${steps.length} steps done.`;
}
