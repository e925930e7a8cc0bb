/**
 * A selected item becomes a content item of LTI Deep Linking 2.0 (section 3). A link of ours always carries its address
 * and its selection twice, in the address and as a custom parameter: some LMSs drop the one, some the other.
 */
import { withQuery } from '../../lib/url.js';
import { selectionParameter, selectionQuery } from '../vocabulary.js';
import { customText } from './message-values.js';
import type { ForeignItem, SelectedItem, SelectedLink } from './selection-message.js';

export interface LinkOptions {
  selectionId: string;
  /** The bridge's launch address. */
  launchUrl: string;
  /** For a link without a title of its own. */
  fallbackTitle: string;
  /** False where the LMS says that it takes no line item. */
  acceptLineItem: boolean;
}

export type ContentItem = Record<string, unknown> & { type: string };

export function itemType(item: SelectedItem): string {
  return item.kind === 'foreign' ? item.item.type : 'ltiResourceLink';
}

/** Known members only: strict LMSs refuse an item for one they do not know. */
export function foreignContentItem({ item }: ForeignItem): ContentItem {
  const known = [
    'url',
    'title',
    'text',
    'icon',
    'thumbnail',
    'embed',
    'window',
    'iframe',
    'html',
    'mediaType',
    'expiresAt',
    'width',
    'height',
  ];
  const kept = Object.entries(item).filter(([name]) => known.includes(name) || URL.canParse(name));
  return { type: item.type, ...Object.fromEntries(kept) };
}

export function linkContentItem(link: SelectedLink, options: LinkOptions): ContentItem {
  const title = link.title || options.fallbackTitle;
  return withoutEmpty({
    type: 'ltiResourceLink',
    url: withQuery(options.launchUrl, { [selectionQuery]: options.selectionId }),
    title,
    text: link.description,
    thumbnail: link.thumbnail && { url: link.thumbnail },
    icon: link.icon && { url: link.icon },
    custom: customTexts(link.custom, options.selectionId),
    lineItem: lineItem(link, title, options),
    available: period(link.displayDate, link.endDate),
    submission: period(link.startDate, link.dueDate),
  });
}

const usualMaximum = 100;

function lineItem(link: SelectedLink, label: string, { acceptLineItem }: LinkOptions) {
  if (!acceptLineItem || link.pointsPossible === null) return undefined;
  return withoutEmpty({
    label,
    scoreMaximum: link.pointsPossible ?? usualMaximum,
    resourceId: link.externalId,
    tag: link.tag,
    submissionReview: link.submissionReview,
  });
}

function customTexts(custom: Record<string, unknown>, selectionId: string): Record<string, string> {
  const texts = Object.entries(custom).map(([name, value]) => [name, customText(value)]);
  return Object.fromEntries([...texts, [selectionParameter, selectionId]]) as Record<string, string>;
}

function period(start: string | undefined, end: string | undefined) {
  if (start === undefined && end === undefined) return undefined;
  return withoutEmpty({ startDateTime: start, endDateTime: end });
}

function withoutEmpty<T extends object>(item: T): T {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined)) as T;
}
