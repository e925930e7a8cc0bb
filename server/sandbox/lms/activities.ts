/** What a person can open in a course: a link, or, for a teacher, the tool's own choice of content. */
import { BridgeError } from '../../lib/errors.js';
import { sandboxClientId } from '../identifiers.js';
import { readBreak } from './breaks.js';
import type { RunSubject } from './runs.js';
import type { Course, CourseLink } from './course.js';
import { findPerson, type SchoolPerson } from './school.js';
import { findCourse, findLink, type School } from './schools.js';
import { readStorageMode } from './storage-modes.js';
import type { Tool, Tools } from './tools.js';

export interface Activity {
  school: School;
  person: SchoolPerson;
  course: Course;
  slug: string;
  title: string;
  /** Undefined: add content. */
  link: CourseLink | undefined;
}

export const addContentSlug = 'add-content';

type Params = Record<string, string | undefined>;

/** @throws BridgeError `not_found`, also for a student who asks for what only teachers see. */
export function readActivity(school: School, params: Params): Activity {
  const [person, course, slug] = [readPerson(params), readCourse(school, params), params.activity ?? ''];
  if (slug === addContentSlug && person.teaches)
    return { school, person, course, slug, title: 'Add content', link: undefined };
  const link = findLink(course, slug);
  if (!link) throw new BridgeError('not_found');
  return { school, person, course, slug, title: link.title, link };
}

export function readPerson({ person }: Params): SchoolPerson {
  const found = findPerson(person);
  if (!found) throw new BridgeError('not_found');
  return found;
}

export function readCourse(school: School, { course }: Params): Course {
  const found = findCourse(school, course);
  if (!found) throw new BridgeError('not_found');
  return found;
}

/** The tool that the built-in links open in: the one chosen, while it is there. */
export async function chosenTool(tools: Tools, school: School): Promise<Tool | undefined> {
  return (await tools.find(school.clientId)) ?? (await tools.find(sandboxClientId));
}

/** @param wishes the query of the page: `break` and `storage` */
export async function runSubject(
  tools: Tools,
  activity: Activity,
  wishes: Record<string, unknown>,
): Promise<RunSubject> {
  const placedBy = activity.link?.placed?.clientId;
  const tool = placedBy ? await tools.find(placedBy) : await chosenTool(tools, activity.school);
  return {
    schoolId: activity.school.id,
    person: activity.person.slug,
    course: activity.course.slug,
    activity: activity.slug,
    title: activity.title,
    clientId: placedBy ?? tool?.clientId ?? sandboxClientId,
    redirectUri: tool?.redirectUri,
    isDeepLinking: activity.link === undefined,
    breakName: readBreak(wishes.break)?.name,
    storage: readStorageMode(wishes.storage).name,
  };
}
