/**
 * What a verified message tells beyond the checks: person, class, link, services, presentation. Everything here is
 * optional in LTI and read leniently; only what a message type cannot do without is asked for by name.
 */
import { BridgeError } from '../../lib/errors.js';
import { isUuid } from '../../lib/uuid.js';
import type { DeepLinkingSettings, LaunchDetails, PersonalClaim } from '../../store/launches.js';
import type { PrivacyLevel } from '../../store/platforms.js';
import type { ClassFacts, PersonFacts } from '../../store/roster.js';
import {
  claim,
  maxCustomLength,
  maxCustomParameters,
  selectionParameter,
  selectionQuery,
  type MessageType,
} from '../vocabulary.js';
import { flag, invalid, missing, object, opaqueId, optionalOpaqueId, text, texts } from './claim-values.js';

export interface LaunchFacts {
  person: PersonFacts;
  class: ClassFacts;
  details: LaunchDetails;
  /** The selection that the link says it carries; nobody has looked yet whether it exists. */
  selectionId: string | undefined;
}

type Claims = Record<string, unknown>;

export function readFacts(
  claims: Claims,
  messageType: MessageType,
  options: { development: boolean },
): LaunchFacts {
  const lis = object(claims[claim.lis]);
  const context = readContext(claims);
  const targetLinkUri = text(claims[claim.targetLinkUri]);
  const { custom, selectionParameterValue } = readCustom(claims);
  const platform = object(claims[claim.toolPlatform]);
  return {
    person: {
      name: text(claims.name),
      givenName: text(claims.given_name),
      familyName: text(claims.family_name),
      middleName: text(claims.middle_name),
      email: text(claims.email),
      pictureUrl: text(claims.picture),
      locale: text(claims.locale),
      sourcedId: text(lis?.person_sourcedid),
    },
    class: {
      title: context?.title ?? null,
      label: context?.label ?? null,
      types: context?.type ?? [],
      sourcedId: text(lis?.course_section_sourcedid) ?? text(lis?.course_offering_sourcedid),
    },
    details: {
      roles: texts(claims[claim.roles]),
      custom,
      context,
      resourceLink: readResourceLink(claims, messageType),
      targetLinkUri,
      presentation: readPresentation(claims),
      forUser: readForUser(claims, messageType),
      deepLinking: messageType === 'LtiDeepLinkingRequest' ? readDeepLinking(claims, options) : null,
      // Ids are unique in what it names, so a text that is cut or cleaned would be another LMS.
      platformGuid: optionalOpaqueId(platform?.guid, 'tool_platform.guid'),
      platformProduct: text(platform?.product_family_code),
      platformName: text(platform?.name),
      grades: readGradeService(claims),
      roster: readRosterService(claims),
      personalClaims: personalClaims.filter((name) => text(claims[name]) !== null),
    },
    selectionId: selectionOf(selectionParameterValue, targetLinkUri),
  };
}

const personalClaims: PersonalClaim[] = [
  'name',
  'given_name',
  'family_name',
  'middle_name',
  'email',
  'picture',
  'locale',
];
const nameClaims = ['name', 'given_name', 'family_name', 'middle_name'];

/** The number a school knows somebody by names them to everybody who has the school's records. */
const sourcedId = 'person_sourcedid';

const withheld: Record<PrivacyLevel, string[]> = {
  public: [],
  name_only: ['email', 'picture', sourcedId],
  email_only: [...nameClaims, 'picture', sourcedId],
  anonymous: [...nameClaims, 'email', 'picture', sourcedId],
};

/** Leaves out what this platform's privacy level keeps from the application; it is not stored either. */
export function withoutPrivateClaims(claims: Claims, level: PrivacyLevel): Claims {
  const hidden = withheld[level];
  if (hidden.length === 0) return claims;
  return Object.fromEntries(
    Object.entries(claims)
      .filter(([name]) => !hidden.includes(name))
      .map(([name, value]) => {
        const person = name === claim.forUser || name === claim.lis ? object(value) : null;
        return [name, person ? withoutPrivateClaims(person, level) : value];
      }),
  );
}

/** A context without an id says nothing; Canvas' `Account` launches have one that is no class (see record.ts). */
function readContext(claims: Claims): LaunchDetails['context'] {
  const context = object(claims[claim.context]);
  if (!context || context.id === undefined || context.id === null || context.id === '') return null;
  return {
    id: opaqueId(context.id, 'context.id'),
    type: texts(context.type),
    label: text(context.label),
    title: text(context.title),
  };
}

function readResourceLink(claims: Claims, messageType: MessageType): LaunchDetails['resourceLink'] {
  const link = object(claims[claim.resourceLink]);
  if (!link || link.id === undefined || link.id === null || link.id === '') {
    if (messageType === 'LtiResourceLinkRequest') throw missing('resource_link.id');
    return null;
  }
  return {
    id: opaqueId(link.id, 'resource_link.id'),
    title: text(link.title),
    description: text(link.description),
  };
}

/**
 * Custom parameters as texts. Platforms send numbers, objects and null too, and `$Variables` that they could not resolve
 * stand there as they were written: those count as absent.
 */
function readCustom(claims: Claims) {
  const entries = Object.entries(object(claims[claim.custom]) ?? {});
  if (entries.length > maxCustomParameters)
    throw invalid('custom', `more than ${maxCustomParameters} parameters`);
  const custom: [string, string][] = [];
  let selectionParameterValue: string | undefined;
  for (const [name, value] of entries) {
    if (value === null || value === undefined) continue;
    const asText = (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
    if (asText.length > maxCustomLength)
      throw invalid('custom', `a value has more than ${maxCustomLength} characters`);
    if (/^\$[A-Za-z][\w.]*$/.test(asText)) continue;
    // Schoology lower-cases names; ours is lower case already.
    if (name === selectionParameter) selectionParameterValue = asText;
    else custom.push([name, asText]);
  }
  return { custom: Object.fromEntries(custom), selectionParameterValue };
}

function selectionOf(parameter: string | undefined, targetLinkUri: string | null): string | undefined {
  if (parameter !== undefined && isUuid(parameter)) return parameter;
  if (targetLinkUri === null || !URL.canParse(targetLinkUri)) return undefined;
  const url = new URL(targetLinkUri);
  const selection = url.pathname === '/lti/launch' ? url.searchParams.get(selectionQuery) : null;
  return selection !== null && isUuid(selection) ? selection : undefined;
}

function readPresentation(claims: Claims): LaunchDetails['presentation'] {
  const presentation = object(claims[claim.launchPresentation]);
  const locale = text(presentation?.locale) ?? text(claims.locale);
  if (!presentation && !locale) return null;
  return {
    locale,
    documentTarget: text(presentation?.document_target),
    returnUrl: text(presentation?.return_url),
  };
}

function readForUser(claims: Claims, messageType: MessageType): LaunchDetails['forUser'] {
  const forUser = object(claims[claim.forUser]);
  if (messageType === 'LtiSubmissionReviewRequest') {
    if (!forUser) throw missing('for_user');
    opaqueId(forUser.user_id, 'for_user.user_id');
  }
  return forUser;
}

/** Deep Linking 2.0 section 4.4.1. */
function readDeepLinking(claims: Claims, options: { development: boolean }): DeepLinkingSettings {
  const settings = object(claims[claim.deepLinkingSettings]);
  if (!settings) throw missing('deep_linking_settings');
  const returnUrl = text(settings.deep_link_return_url);
  if (returnUrl === null) throw missing('deep_linking_settings.deep_link_return_url');
  assertReturnUrl(returnUrl, options);
  if (!Array.isArray(settings.accept_types)) throw missing('deep_linking_settings.accept_types');
  return {
    returnUrl,
    acceptTypes: texts(settings.accept_types),
    acceptMediaTypes: text(settings.accept_media_types),
    acceptPresentationDocumentTargets: texts(settings.accept_presentation_document_targets),
    acceptMultiple: flag(settings.accept_multiple),
    acceptLineItem: flag(settings.accept_lineitem),
    autoCreate: flag(settings.auto_create),
    title: text(settings.title),
    text: text(settings.text),
    data: typeof settings.data === 'string' ? settings.data : null,
  };
}

/** The signed answer of a selection goes there: nowhere but https, in development also http. */
function assertReturnUrl(returnUrl: string, { development }: { development: boolean }): void {
  const url = URL.canParse(returnUrl) ? new URL(returnUrl) : undefined;
  const secure = url?.protocol === 'https:' || (development && url?.protocol === 'http:');
  if (!url || !secure || url.username || url.password) {
    throw new BridgeError('dl_return_url_invalid', { field: 'deep_linking_settings.deep_link_return_url' });
  }
}

function readGradeService(claims: Claims): LaunchDetails['grades'] {
  const service = object(claims[claim.gradeService]);
  const lineItems = text(service?.lineitems);
  const lineItem = text(service?.lineitem);
  if (!service || (lineItems === null && lineItem === null)) return null;
  return { scopes: texts(service.scope), lineItems, lineItem };
}

function readRosterService(claims: Claims): LaunchDetails['roster'] {
  const service = object(claims[claim.rosterService]);
  const membershipsUrl = text(service?.context_memberships_url);
  return membershipsUrl === null
    ? null
    : { membershipsUrl, serviceVersions: texts(service?.service_versions) };
}
