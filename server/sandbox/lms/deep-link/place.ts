/** Puts content items into a course: links of the tool as activities of their own, everything else as what it is. */
import { randomUUID } from 'node:crypto';
import type { Course, CourseContent, CourseItem, CourseLink, Period } from '../course.js';
import { itemsAtMost, newSlug } from '../schools.js';
import type { ContentItem } from './item-rules.js';

/** @returns what is in the course now, or undefined when there is no room for it */
export function placeItems(
  course: Course,
  items: ContentItem[],
  clientId: string,
  now: number,
): CourseItem[] | undefined {
  if (course.items.length + items.length > itemsAtMost) return undefined;
  const placed = items.map((item) =>
    item.type === 'ltiResourceLink' ? asLink(item, clientId, now) : asContent(item, now),
  );
  course.items.push(...placed);
  return placed;
}

function asLink(item: ContentItem, clientId: string, at: number): CourseLink {
  const lineItem = item.lineItem as { scoreMaximum: number; resourceId?: string } | undefined;
  const title = text(item.title) ?? 'A link without a title';
  return {
    kind: 'link',
    slug: newSlug(title),
    id: `link-${randomUUID()}`,
    title,
    description: text(item.text) ?? '',
    shows: lineItem
      ? 'Chosen in the application: an assignment with a line item in the gradebook.'
      : 'Chosen in the application: a link without a grade.',
    custom: item.custom as Record<string, string> | undefined,
    points: lineItem?.scoreMaximum,
    placed: {
      clientId,
      url: text(item.url),
      thumbnail: pictureOf(item),
      resourceId: lineItem?.resourceId,
      available: item.available as Period | undefined,
      submission: item.submission as Period | undefined,
      at,
    },
  };
}

function asContent(item: ContentItem, at: number): CourseContent {
  const title = text(item.title) ?? text(item.url) ?? 'Content without a title';
  return {
    kind: 'content',
    slug: newSlug(title),
    type: item.type as CourseContent['type'],
    title,
    description: text(item.text),
    url: text(item.url),
    html: text(item.html),
    mediaType: text(item.mediaType),
    thumbnail: pictureOf(item),
    at,
  };
}

function pictureOf(item: ContentItem): string | undefined {
  const { url } = (item.thumbnail ?? item.icon ?? {}) as { url?: string };
  return url;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
