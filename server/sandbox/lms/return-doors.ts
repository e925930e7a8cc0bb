/** Where tools send people back to: with what was chosen (Deep Linking 2.0 section 4.5), or just back (LTI Core 5.4.4.1). */
import { bodyParser } from '@koa/bodyparser';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Pages } from '../../http/pages.js';
import { readCourse, readPerson } from './activities.js';
import { judgeAnswer, type JudgeNeeds, type Judgement } from './deep-link/judge.js';
import { placeItems } from './deep-link/place.js';
import type { DeepLinkRequest } from './deep-link/requests.js';
import { problem } from './deep-link/signature.js';
import type { Runs } from './runs.js';
import type { CourseItem } from './course.js';
import { findCourse, isSchoolId, itemsAtMost, type Schools } from './schools.js';

export interface ReturnDoorNeeds extends JudgeNeeds {
  pages: Pages;
  schools: Schools;
  runs: Runs;
}

export function returnDoors(router: Router, needs: ReturnDoorNeeds): void {
  const { pages, schools, runs, requests } = needs;

  router.post(
    '/lti/deep-link-return',
    bodyParser({ enableTypes: ['form'], formLimit: '1mb' }),
    async (ctx) => {
      const request = requests.find(ctx.query.request);
      if (!request) return sayUnknown(ctx, pages);
      const judgement = await judge(needs, ctx, request);
      const placed = judgement.problems.length === 0 ? place(needs, request, judgement) : [];
      const run = runs.find(request.runId);
      if (run) run.returned = judgement;
      ctx.status = judgement.problems.length === 0 ? 200 : 400;
      const coursePath = `/people/${request.person}/courses/${request.course}`;
      pages.render(ctx, 'sandbox/lms-deep-link-return', { judgement, placed, coursePath });
    },
  );

  router.get('/lti/return', (ctx) => {
    const query = asParams(ctx.query);
    const school = schools.find(query.school && isSchoolId(query.school) ? query.school : '');
    const [person, course] = [readPerson(query), readCourse(school, query)];
    const [message, error] = [query.lti_msg, query.lti_errormsg];
    // lti_log and lti_errorlog are not meant for people.
    pages.render(ctx, 'sandbox/lms-return', { person, course, message, error });
  });
}

async function judge(needs: ReturnDoorNeeds, ctx: Context, request: DeepLinkRequest): Promise<Judgement> {
  const { JWT: jwt } = (ctx.request.body ?? {}) as { JWT?: unknown };
  if (typeof jwt !== 'string' || jwt === '')
    return { jwt: '', problems: [problem('JWT', 'is missing: the form needs one field JWT')], items: [] };
  const judgement = await judgeAnswer(needs, request, jwt);
  const wantedSearch = new URL(request.settings.deep_link_return_url).search;
  if (ctx.search !== wantedSearch)
    judgement.problems.unshift(problem('deep_link_return_url', 'must be called exactly as it was given'));
  return judgement;
}

/** Puts what was chosen into the course; where there is no room, that is a problem like any other. */
function place(
  { schools, now }: ReturnDoorNeeds,
  request: DeepLinkRequest,
  judgement: Judgement,
): CourseItem[] {
  const school = schools.find(request.schoolId);
  const course = findCourse(school, request.course);
  const placed = course && placeItems(course, judgement.items, request.clientId, now());
  if (!placed) {
    judgement.problems.push(problem('course', `is gone, or full: it holds ${itemsAtMost} things`));
    return [];
  }
  schools.keep(school);
  return placed;
}

/** The answer to a request that this process did not send, or sent long ago. */
function sayUnknown(ctx: Context, pages: Pages): void {
  ctx.status = 400;
  pages.render(ctx, 'sandbox/lms-deep-link-return', {
    judgement: {
      jwt: '',
      problems: [problem('request', 'is not open here: the sandbox was restarted, or it was hours ago')],
      items: [],
    },
    placed: [],
    coursePath: '/',
  });
}

function asParams(query: Context['query']): Record<string, string | undefined> {
  const entries = Object.entries(query).map(([name, value]) => [
    name,
    Array.isArray(value) ? value[0] : value,
  ]);
  return Object.fromEntries(entries) as Record<string, string | undefined>;
}
