/** What the sandbox LMS says when a person opens a link, or asks the tool for content. */
import type { MessageDraft } from './message.js';
import type { Course, CourseLink, SchoolPerson } from './school.js';
import { courseSection, role } from './vocabulary.js';

/** Addresses that go into messages. */
export interface DraftAddresses {
  lmsUrl: string;
  /** The tool's target_link_uri: the same for every link of this LMS. */
  toolLaunchUrl: string;
}

export function openLink(
  addresses: DraftAddresses,
  person: SchoolPerson,
  course: Course,
  link: CourseLink,
  documentTarget: 'iframe' | 'window',
): MessageDraft {
  const lineItems = `${addresses.lmsUrl}/lti/courses/${course.slug}/line-items`;
  return {
    ...common(addresses, person, course, documentTarget),
    messageType: 'LtiResourceLinkRequest',
    resourceLink: { id: link.id, title: link.title, description: link.description },
    custom: link.custom,
    lineItems: link.points === undefined ? undefined : lineItems,
    lineItem: link.points === undefined ? undefined : `${lineItems}/${link.slug}`,
  };
}

export function addContent(
  addresses: DraftAddresses,
  person: SchoolPerson,
  course: Course,
  documentTarget: 'iframe' | 'window',
): MessageDraft {
  const query = new URLSearchParams({ person: person.slug, course: course.slug });
  return {
    ...common(addresses, person, course, documentTarget),
    messageType: 'LtiDeepLinkingRequest',
    deepLinking: {
      deep_link_return_url: `${addresses.lmsUrl}/lti/deep-link-return?${query}`,
      accept_types: ['ltiResourceLink', 'link', 'file', 'html', 'image'],
      accept_media_types: 'image/*,text/html,application/pdf',
      accept_presentation_document_targets: ['iframe', 'window', 'embed'],
      accept_multiple: true,
      accept_lineitem: true,
      auto_create: false,
      title: '',
      text: '',
      data: `add-content ${course.slug}`,
    },
  };
}

function common(
  { lmsUrl, toolLaunchUrl }: DraftAddresses,
  person: SchoolPerson,
  course: Course,
  documentTarget: 'iframe' | 'window',
) {
  const query = new URLSearchParams({ person: person.slug, course: course.slug });
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
