/** Writes the claims of an id_token (LTI Core 1.3 section 5.3 and 5.4) from a draft of a message. */
import type { MessageDraft, SimulatedPerson } from './message.js';
import { claim, gradeScopes } from './vocabulary.js';

export interface Envelope {
  issuer: string;
  clientId: string;
  deploymentId: string;
  guid: string | undefined;
  nonce: string;
  /** Seconds since 1970. */
  issuedAt: number;
}

const lifetimeSeconds = 300;

export function messageClaims(envelope: Envelope, message: MessageDraft): Record<string, unknown> {
  return present({
    iss: envelope.issuer,
    aud: envelope.clientId,
    iat: envelope.issuedAt,
    exp: envelope.issuedAt + lifetimeSeconds,
    nonce: envelope.nonce,
    ...personClaims(message.person),
    locale: message.locale,
    [claim.messageType]: message.messageType,
    [claim.version]: '1.3.0',
    [claim.deploymentId]: envelope.deploymentId,
    [claim.targetLinkUri]: message.targetLinkUri,
    [claim.roles]: message.roles,
    [claim.platform]: platformClaim(envelope.guid),
    [claim.context]: contextClaim(message),
    [claim.resourceLink]: message.resourceLink,
    [claim.custom]: message.custom,
    [claim.presentation]: presentationClaim(message),
    [claim.lis]: lisClaim(message),
    [claim.forUser]: forUserClaim(message),
    [claim.deepLinkingSettings]: message.deepLinking,
    [claim.grades]: gradesClaim(message),
    [claim.roster]: rosterClaim(message),
    ...message.claims,
  });
}

function personClaims(person: SimulatedPerson | undefined): Record<string, unknown> {
  if (!person) return {};
  return {
    sub: person.id,
    name: person.name,
    given_name: person.givenName,
    family_name: person.familyName,
    middle_name: person.middleName,
    email: person.email,
    picture: person.picture,
  };
}

/** A guid is what the claim is for (it is required in it), so a platform without one leaves the claim out. */
function platformClaim(guid: string | undefined): Record<string, unknown> | undefined {
  if (guid === undefined) return undefined;
  return { guid, name: 'Sandbox LMS', product_family_code: 'sandbox', version: '1' };
}

function contextClaim({ context }: MessageDraft): Record<string, unknown> | undefined {
  if (!context) return undefined;
  const { id, label, title, type } = context;
  return present({ id, label, title, type });
}

function presentationClaim({ presentation, locale }: MessageDraft): Record<string, unknown> | undefined {
  if (!presentation) return undefined;
  return present({
    document_target: presentation.documentTarget,
    width: presentation.width,
    height: presentation.height,
    return_url: presentation.returnUrl,
    locale,
  });
}

function lisClaim({ person, context }: MessageDraft): Record<string, unknown> | undefined {
  if (person?.sourcedId === undefined && context?.sourcedId === undefined) return undefined;
  return present({ person_sourcedid: person?.sourcedId, course_section_sourcedid: context?.sourcedId });
}

function forUserClaim({ forUser }: MessageDraft): Record<string, unknown> | undefined {
  if (!forUser) return undefined;
  return present({
    user_id: forUser.id,
    person_sourcedid: forUser.sourcedId,
    given_name: forUser.givenName,
    family_name: forUser.familyName,
    name: forUser.name,
    email: forUser.email,
    roles: forUser.roles,
  });
}

function gradesClaim(message: MessageDraft): Record<string, unknown> | undefined {
  if (message.lineItem === undefined && message.lineItems === undefined) return undefined;
  return present({
    scope: message.gradeScopes ?? gradeScopes,
    lineitems: message.lineItems,
    lineitem: message.lineItem,
  });
}

function rosterClaim({ memberships }: MessageDraft): Record<string, unknown> | undefined {
  if (memberships === undefined) return undefined;
  return { context_memberships_url: memberships, service_versions: ['2.0'] };
}

function present(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
