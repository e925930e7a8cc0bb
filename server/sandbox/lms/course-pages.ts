/** The pages of the sandbox LMS: choose who to be, choose a course, open something in it. */
import type Router from '@koa/router';
import type { Pages } from '../../http/pages.js';
import { BridgeError } from '../../lib/errors.js';
import {
  courses,
  findCourse,
  findPerson,
  people,
  type Course,
  type CourseLink,
  type SchoolPerson,
} from './school.js';

export interface CoursePageNeeds {
  pages: Pages;
  publicUrl: string;
}

/** What a person can open in a course: a link, or, for a teacher, the tool's own choice of content. */
export interface Activity {
  person: SchoolPerson;
  course: Course;
  slug: string;
  title: string;
  /** Undefined: add content. */
  link: CourseLink | undefined;
}

export const addContentSlug = 'add-content';

export function coursePages(router: Router, { pages, publicUrl }: CoursePageNeeds): void {
  router.get('/', (ctx) => pages.render(ctx, 'sandbox/lms-home', { people, publicUrl }));

  router.get('/people/:person', (ctx) => {
    pages.render(ctx, 'sandbox/lms-courses', { person: readPerson(ctx.params), courses });
  });

  router.get('/people/:person/courses/:course', (ctx) => {
    const [person, course] = [readPerson(ctx.params), readCourse(ctx.params)];
    pages.render(ctx, 'sandbox/lms-course', { person, course, addContentSlug, open: undefined });
  });

  router.get('/people/:person/courses/:course/open/:activity', (ctx) => {
    const open = readActivity(ctx.params);
    pages.render(ctx, 'sandbox/lms-course', {
      person: open.person,
      course: open.course,
      addContentSlug,
      open,
    });
  });
}

type Params = Record<string, string | undefined>;

/** @throws BridgeError `not_found`, also for a student who asks for what only teachers see. */
export function readActivity(params: Params): Activity {
  const [person, course, slug] = [readPerson(params), readCourse(params), params.activity ?? ''];
  if (slug === addContentSlug && person.teaches) {
    return { person, course, slug, title: 'Add content', link: undefined };
  }
  const link = course.links.find((known) => known.slug === slug);
  if (!link) throw new BridgeError('not_found');
  return { person, course, slug, title: link.title, link };
}

export function readPerson({ person }: Params): SchoolPerson {
  const found = findPerson(person);
  if (!found) throw new BridgeError('not_found');
  return found;
}

export function readCourse({ course }: Params): Course {
  const found = findCourse(course);
  if (!found) throw new BridgeError('not_found');
  return found;
}
