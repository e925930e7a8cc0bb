/** What the sandbox LMS says when a person opens a link, or asks the tool for content. */
import type { DeepLinkingSettings, MessageDraft } from './message.js';
import type { Course, CourseLink } from './course.js';
import type { SchoolPerson } from './school.js';
import { courseSection, role } from './vocabulary.js';

export interface DraftNeeds {
  lmsUrl: string;
  /** The tool's target_link_uri for links that have no address of their own. */
  toolLaunchUrl: string;
  schoolId: string;
  person: SchoolPerson;
  course: Course;
  documentTarget: 'iframe' | 'window';
}

export function openLink(needs: DraftNeeds, link: CourseLink): MessageDraft {
  const lineItems = `${needs.lmsUrl}/lti/courses/${needs.course.slug}/line-items`;
  return {
    ...common(needs),
    messageType: 'LtiResourceLinkRequest',
    targetLinkUri: link.placed?.url ?? needs.toolLaunchUrl,
    resourceLink: { id: link.id, title: link.title, description: link.description || undefined },
    custom: link.custom,
    lineItems: link.points === undefined ? undefined : lineItems,
    lineItem: link.points === undefined ? undefined : `${lineItems}/${link.slug}`,
  };
}

export function addContent(needs: DraftNeeds, settings: DeepLinkingSettings): MessageDraft {
  return { ...common(needs), messageType: 'LtiDeepLinkingRequest', deepLinking: settings };
}

function common({ lmsUrl, toolLaunchUrl, schoolId, person, course, documentTarget }: DraftNeeds) {
  const query = new URLSearchParams({ person: person.slug, course: course.slug, school: schoolId });
  return {
    targetLinkUri: toolLaunchUrl,
    person,
    roles: person.teaches ? [role.instructor, role.faculty] : [role.learner, role.student],
    context: {
      id: course.id,
      label: course.label,
      title: course.title,
      type: [courseSection],
      sourcedId: `school-${course.slug}`,
    },
    presentation: { documentTarget, returnUrl: `${lmsUrl}/lti/return?${query}` },
    locale: 'en-GB',
  } satisfies Partial<MessageDraft>;
}
