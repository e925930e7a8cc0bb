/**
 * Words of LTI 1.3 as a platform writes them. The sandbox stands for software of other people, so it has a list of its
 * own: a slip in the bridge's list would otherwise be made on both sides and never be seen.
 */
const lti = 'https://purl.imsglobal.org/spec/lti/claim';
const deepLinking = 'https://purl.imsglobal.org/spec/lti-dl/claim';
const grading = 'https://purl.imsglobal.org/spec/lti-ags';
const membership = 'http://purl.imsglobal.org/vocab/lis/v2/membership';
const institution = 'http://purl.imsglobal.org/vocab/lis/v2/institution/person';

export const claim = {
  messageType: `${lti}/message_type`,
  version: `${lti}/version`,
  deploymentId: `${lti}/deployment_id`,
  targetLinkUri: `${lti}/target_link_uri`,
  roles: `${lti}/roles`,
  context: `${lti}/context`,
  resourceLink: `${lti}/resource_link`,
  custom: `${lti}/custom`,
  platform: `${lti}/tool_platform`,
  presentation: `${lti}/launch_presentation`,
  lis: `${lti}/lis`,
  forUser: `${lti}/for_user`,
  deepLinkingSettings: `${deepLinking}/deep_linking_settings`,
  deepLinkingItems: `${deepLinking}/content_items`,
  deepLinkingData: `${deepLinking}/data`,
  deepLinkingMessage: `${deepLinking}/msg`,
  deepLinkingError: `${deepLinking}/errormsg`,
  grades: `${grading}/claim/endpoint`,
  roster: 'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice',
} as const;

export const role = {
  instructor: `${membership}#Instructor`,
  learner: `${membership}#Learner`,
  faculty: `${institution}#Faculty`,
  student: `${institution}#Student`,
} as const;

export const courseSection = 'http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection';

export const gradeScopes = [
  `${grading}/scope/lineitem`,
  `${grading}/scope/lineitem.readonly`,
  `${grading}/scope/result.readonly`,
  `${grading}/scope/score`,
];
