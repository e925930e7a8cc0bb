/**
 * Copies a course as LMSs do at the end of a term: the copy has an id of its own, and so has every link in it, while
 * address and custom parameters come along. LMSs differ in what they lose on the way, so that can be chosen.
 */
import { randomUUID } from 'node:crypto';
import { BridgeError } from '../../lib/errors.js';
import type { Course, CourseItem, CourseLink } from './course.js';
import { coursesAtMost, newSlug, type School } from './schools.js';

export interface CopyLosses {
  /** This LMS drops custom parameters. */
  custom: boolean;
  /** This LMS drops the query of a link's address. */
  query: boolean;
}

/** @throws BridgeError `request_invalid` when the school has all the courses it can have */
export function copyCourse(school: School, course: Course, losses: CopyLosses): Course {
  if (school.courses.length >= coursesAtMost) {
    throw new BridgeError('request_invalid', { detail: `a school has at most ${coursesAtMost} courses` });
  }
  const mark = randomUUID().slice(0, 6);
  const copy: Course = {
    ...structuredClone(course),
    slug: `${course.slug.replace(/-copy-.*$/, '')}-copy-${mark}`,
    id: `course-${randomUUID()}`,
    label: copied(course.label),
    title: copied(course.title),
    lost: wordsFor(losses),
    items: course.items.map((item) => copyItem(structuredClone(item), losses)),
  };
  school.courses.push(copy);
  return copy;
}

function copyItem(item: CourseItem, losses: CopyLosses): CourseItem {
  const slug = newSlug(item.title);
  return item.kind === 'content' ? { ...item, slug } : copyLink({ ...item, slug }, losses);
}

function copyLink(link: CourseLink, losses: CopyLosses): CourseLink {
  const { placed } = link;
  return {
    ...link,
    id: `link-${randomUUID()}`,
    custom: losses.custom ? undefined : link.custom,
    placed: placed && { ...placed, url: losses.query ? withoutQuery(placed.url) : placed.url },
  };
}

function withoutQuery(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const address = new URL(url);
  address.search = '';
  return address.href;
}

function copied(name: string): string {
  return name.endsWith('(copy)') ? name : `${name} (copy)`;
}

function wordsFor({ custom, query }: CopyLosses): string | undefined {
  if (custom && query) return 'the custom parameters and the queries of the addresses';
  if (custom) return 'the custom parameters';
  return query ? 'the queries of the addresses' : undefined;
}
