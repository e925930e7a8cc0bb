/**
 * Each visitor has a school of their own to play in: courses fill up, are copied, and all is as it was after a reset. It
 * lives in memory under the id in the visitor's cookie, and only once something was changed in it.
 */
import { randomUUID } from 'node:crypto';
import type { Context } from 'koa';
import { LRUCache } from 'lru-cache';
import { randomSecret } from '../../lib/crypto.js';
import type { Course, CourseItem, CourseLink } from './course.js';
import { courses } from './school.js';

export interface School {
  id: string;
  courses: Course[];
  /** The tool that the built-in links open in: its client_id here. */
  clientId: string | undefined;
}

export const itemsAtMost = 50;
export const coursesAtMost = 6;

const cookieName = 'sandbox_school';
const month = 30 * 24 * 3_600_000;

export class Schools {
  readonly #kept = new LRUCache<string, School>({ max: 100, ttl: month, updateAgeOnGet: true });

  /** The school of whoever asks: one and the same for the whole request. */
  of(ctx: Context): School {
    const known = ctx.state.school as School | undefined;
    return known ?? (ctx.state.school = this.#open(ctx));
  }

  /** From now on this browser is in that school: teacher and student may sit at two browsers. */
  enter(ctx: Context, id: string): void {
    ctx.cookies.set(cookieName, id, { httpOnly: true, sameSite: 'lax', overwrite: true, maxAge: month });
  }

  #open(ctx: Context): School {
    const id = ctx.cookies.get(cookieName);
    if (id !== undefined && isSchoolId(id)) return this.find(id);
    const fresh = randomSecret();
    this.enter(ctx, fresh);
    return this.find(fresh);
  }

  find(id: string): School {
    return this.#kept.get(id) ?? { id, courses: structuredClone(courses), clientId: undefined };
  }

  keep(school: School): void {
    this.#kept.set(school.id, school);
  }

  reset(school: School): void {
    this.#kept.delete(school.id);
  }
}

export function isSchoolId(id: string): boolean {
  return /^[\w-]{43}$/.test(id);
}

export function findCourse(school: School, slug: string | undefined): Course | undefined {
  return school.courses.find((course) => course.slug === slug);
}

export function findLink(course: Course, slug: string | undefined): CourseLink | undefined {
  return course.items.find((item) => item.slug === slug && isLink(item)) as CourseLink | undefined;
}

export function isLink(item: CourseItem): item is CourseLink {
  return item.kind === 'link';
}

/** For addresses of pages and of line items: readable, and like no other. */
export function newSlug(title: string): string {
  const words = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 32);
  return `${words || 'item'}-${randomUUID().slice(0, 8)}`;
}
