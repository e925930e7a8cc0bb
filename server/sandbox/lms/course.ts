/** What a course of the sandbox LMS is made of: links that open in an application, and content that the LMS shows itself. */

/** Opens in the application. */
export interface CourseLink {
  kind: 'link';
  slug: string;
  /** The resource_link.id of its launches. */
  id: string;
  title: string;
  description: string;
  /** In a line: what is special about it for whoever tries the bridge. */
  shows: string;
  custom?: Record<string, string>;
  /** The points of its line item; a link without points has none. */
  points?: number;
  /** Only for what an application put there. */
  placed?: Placement;
}

/** What the LMS keeps of a content item of type ltiResourceLink (Deep Linking 2.0 section 3.2). */
export interface Placement {
  /** The tool it came from, and through which it opens. */
  clientId: string;
  /** Its own address in the tool, the target of its launches. */
  url?: string;
  thumbnail?: string;
  resourceId?: string;
  available?: Period;
  submission?: Period;
  /** Milliseconds since 1970. */
  at: number;
}

/** ISO 8601. */
export interface Period {
  startDateTime?: string;
  endDateTime?: string;
}

/** What an application put there and the LMS shows itself. */
export interface CourseContent {
  kind: 'content';
  slug: string;
  type: 'link' | 'html' | 'image' | 'file';
  title: string;
  description?: string;
  url?: string;
  html?: string;
  mediaType?: string;
  thumbnail?: string;
  at: number;
}

export type CourseItem = CourseLink | CourseContent;

export interface Course {
  slug: string;
  id: string;
  label: string;
  title: string;
  description: string;
  /** In a copy: what the LMS lost on the way. */
  lost?: string;
  items: CourseItem[];
}
