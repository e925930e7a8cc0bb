/** What a launch is for, in the words applications know. The first rule that applies wins. */
import type { Intent, LaunchDetails } from '../../store/launches.js';
import type { MessageType } from '../vocabulary.js';

export function intentOf(
  messageType: MessageType,
  details: LaunchDetails,
  selectionId: string | undefined,
): Intent {
  if (messageType === 'LtiDeepLinkingRequest') return 'select';
  if (messageType === 'LtiSubmissionReviewRequest') return 'submission';
  if (selectionId !== undefined || details.grades?.lineItem) return 'assignment';
  return isClass(details.context) ? 'class' : 'login';
}

/** Canvas launches from its account pages with a context of type `Account`, which is no class. */
export function isClass(context: LaunchDetails['context']): context is NonNullable<LaunchDetails['context']> {
  return context !== null && !context.type.some((type) => /(^|[#/])Account$/.test(type));
}
