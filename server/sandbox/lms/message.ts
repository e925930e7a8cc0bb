/** What a platform wants to say with a launch, before it is put into claims. */
export type MessageType = 'LtiResourceLinkRequest' | 'LtiDeepLinkingRequest' | 'LtiSubmissionReviewRequest';

export interface SimulatedPerson {
  /** Becomes `sub` and the login_hint. */
  id: string;
  name?: string;
  givenName?: string;
  familyName?: string;
  middleName?: string;
  email?: string;
  picture?: string;
  /** The id in the school's own records. */
  sourcedId?: string;
}

export interface SimulatedContext {
  id: string;
  label?: string;
  title?: string;
  type?: string[];
  sourcedId?: string;
}

/** As on the wire: Deep Linking 2.0 section 4.4.1. */
export interface DeepLinkingSettings {
  deep_link_return_url: string;
  accept_types: string[];
  accept_presentation_document_targets: string[];
  accept_media_types?: string;
  accept_multiple?: boolean;
  accept_lineitem?: boolean;
  auto_create?: boolean;
  title?: string;
  text?: string;
  data?: string;
}

export interface MessageDraft {
  messageType: MessageType;
  targetLinkUri: string;
  /** Undefined: an anonymous launch, without `sub`. */
  person: SimulatedPerson | undefined;
  /** Full URIs. */
  roles: string[];
  context?: SimulatedContext;
  resourceLink?: { id: string; title?: string; description?: string };
  custom?: Record<string, unknown>;
  presentation?: { documentTarget?: string; width?: number; height?: number; returnUrl?: string };
  locale?: string;
  deepLinking?: DeepLinkingSettings;
  /** Address of the link's own line item. */
  lineItem?: string;
  /** Address of all line items of the course. */
  lineItems?: string;
  /** All four scopes of the grade services when absent. */
  gradeScopes?: string[];
  /** Address of the roster. */
  memberships?: string;
  /** Whose submission is to be reviewed. */
  forUser?: SimulatedPerson & { roles?: string[] };
  /** Put over the claims made from all of the above; undefined takes a claim away. */
  claims?: Record<string, unknown>;
}
