/** The pages of the sandbox LMS: choose who to be, choose a course, open something in it, copy it, begin anew. */
import { bodyParser } from '@koa/bodyparser';
import type Router from '@koa/router';
import { BridgeError } from '../../lib/errors.js';
import { ownForm } from '../own-form.js';
import { addContentSlug, readActivity, readCourse, readPerson, runSubject } from './activities.js';
import { breaks } from './breaks.js';
import { copyCourse } from './copy-course.js';
import { framedPage, type FramedPageNeeds } from './frame-of-pages.js';
import type { Runs } from './runs.js';
import { people } from './school.js';
import { coursesAtMost, isSchoolId } from './schools.js';
import { storageModes } from './storage-modes.js';
import { readTimeline, type TimelineNeeds } from './timeline/timeline.js';

export interface CoursePageNeeds extends FramedPageNeeds, TimelineNeeds {
  publicUrl: string;
  lmsUrl: string;
  runs: Runs;
}

export function coursePages(router: Router, needs: CoursePageNeeds): void {
  const { publicUrl, lmsUrl, schools, runs, tools } = needs;
  const form = [ownForm(lmsUrl), bodyParser({ enableTypes: ['form'], formLimit: '16kb' })] as const;
  const course = '/people/:person/courses/:course';

  router.get('/', (ctx) => {
    const page = framedPage(needs, ctx);
    const joinUrl = `${lmsUrl}/join/${page.school.id}`;
    return page.render('sandbox/lms-home', { people, publicUrl, joinUrl });
  });

  router.get('/people/:person', (ctx) => {
    const page = framedPage(needs, ctx);
    const person = readPerson(ctx.params);
    return page.render('sandbox/lms-courses', { person, courses: page.school.courses });
  });

  router.get(course, (ctx) => {
    const page = framedPage(needs, ctx);
    const values = { person: readPerson(ctx.params), course: readCourse(page.school, ctx.params) };
    const mayCopy = page.school.courses.length < coursesAtMost;
    return page.render('sandbox/lms-course', { ...values, addContentSlug, mayCopy, open: undefined });
  });

  router.get(`${course}/open/:activity`, async (ctx) => {
    const page = framedPage(needs, ctx);
    const open = readActivity(page.school, ctx.params);
    const run = runs.start(await runSubject(tools, open, ctx.query));
    return page.render('sandbox/lms-open', {
      person: open.person,
      course: open.course,
      addContentSlug,
      open,
      run,
      timeline: await readTimeline(needs, run),
      breaks,
      storageModes,
    });
  });

  router.post(`${course}/copy`, ...form, (ctx) => {
    const school = schools.of(ctx);
    const person = readPerson(ctx.params);
    if (!person.teaches) throw new BridgeError('not_found');
    const wishes = (ctx.request.body ?? {}) as Record<string, unknown>;
    const copy = copyCourse(school, readCourse(school, ctx.params), {
      custom: wishes.drop_custom === 'on',
      query: wishes.drop_query === 'on',
    });
    schools.keep(school);
    ctx.redirect(`/people/${person.slug}/courses/${copy.slug}`);
  });

  router.post('/reset', ...form, (ctx) => {
    schools.reset(schools.of(ctx));
    ctx.redirect('/');
  });

  router.get('/join/:school', (ctx) => {
    const { school } = ctx.params;
    if (!school || !isSchoolId(school)) throw new BridgeError('not_found');
    schools.enter(ctx, school);
    ctx.redirect('/');
  });
}
