/** Every name that LTI 1.3 and its services give to claims, messages, roles and scopes. No claim URI stands elsewhere. */

const claimBase = 'https://purl.imsglobal.org/spec/lti/claim/';

/** LTI Core 1.3 section 5.3 and 5.4, Deep Linking 2.0 section 4.4, AGS 2.0 section 3.1, NRPS 2.0 section 3. */
export const claim = {
  messageType: `${claimBase}message_type`,
  version: `${claimBase}version`,
  deploymentId: `${claimBase}deployment_id`,
  targetLinkUri: `${claimBase}target_link_uri`,
  resourceLink: `${claimBase}resource_link`,
  roles: `${claimBase}roles`,
  context: `${claimBase}context`,
  toolPlatform: `${claimBase}tool_platform`,
  launchPresentation: `${claimBase}launch_presentation`,
  lis: `${claimBase}lis`,
  custom: `${claimBase}custom`,
  forUser: `${claimBase}for_user`,
  deepLinkingSettings: 'https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings',
  deepLinkingData: 'https://purl.imsglobal.org/spec/lti-dl/claim/data',
  contentItems: 'https://purl.imsglobal.org/spec/lti-dl/claim/content_items',
  gradeService: 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint',
  rosterService: 'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice',
} as const;

export const ltiVersion = '1.3.0';

/** The one message type that we send (Deep Linking 2.0 section 4.5). */
export const deepLinkingResponse = 'LtiDeepLinkingResponse';

export const messageTypes = [
  'LtiResourceLinkRequest',
  'LtiDeepLinkingRequest',
  'LtiSubmissionReviewRequest',
] as const;
export type MessageType = (typeof messageTypes)[number];

const roleBase = 'http://purl.imsglobal.org/vocab/lis/v2/';

/** LTI Core 1.3 appendix A.2. */
export const roleFamily = {
  context: `${roleBase}membership#`,
  contextSubRole: `${roleBase}membership/`,
  institution: `${roleBase}institution/person#`,
  system: `${roleBase}system/person#`,
  /** Moodle still sends this deprecated form. */
  deprecatedSystem: `${roleBase}person#`,
} as const;

/** What a launch may bring in custom parameters, and a selection therefore put there. */
export const maxCustomParameters = 100;
export const maxCustomLength = 4_096;

/** Custom parameter in which a link carries the id of what the application selected for it. */
export const selectionParameter = 'bridge_selection';
/** The same in the query of the link's address, for LMSs that drop custom parameters. */
export const selectionQuery = 'selection';
