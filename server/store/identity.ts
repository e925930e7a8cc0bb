/**
 * The ids that applications see. Each is computed from what the LMS calls the thing (UUID version 5 over application,
 * identity space, kind and LTI id), so the same thing has the same id after a reinstalled tool or a new registration, and
 * two processes that meet it for the first time agree without asking each other.
 */
import { nameUuid } from '../lib/uuid.js';

export interface IdentityScope {
  applicationId: string;
  identitySpace: string;
}

const idOf =
  (kind: string) =>
  ({ applicationId, identitySpace }: IdentityScope, ltiId: string): string =>
    nameUuid(applicationId, identitySpace, kind, ltiId);

/** @param ltiId the `sub` of the id_token */
export const personId = idOf('person');
/** @param ltiId the id of the context claim */
export const classId = idOf('class');
/** @param ltiId the id of the resource_link claim */
export const assignmentIdOfResourceLink = idOf('resource link');
/** @param ltiId the URL of the line item */
export const assignmentIdOfLineItem = idOf('line item');

export function enrollmentId(person: string, klass: string): string {
  return nameUuid('enrollment', person, klass);
}

/** LTI knows no schools: one school and one district stand for each identity space. */
export function schoolId({ applicationId, identitySpace }: IdentityScope): string {
  return nameUuid(applicationId, identitySpace, 'school');
}

export function districtId({ applicationId, identitySpace }: IdentityScope): string {
  return nameUuid(applicationId, identitySpace, 'district');
}

/**
 * What an LMS's ids are unique in: issuer, origin of its key set and tool_platform.guid. Hosted LMSs share one issuer
 * among all schools, so without a guid nothing wider than the deployment can be trusted.
 */
export function identitySpace(
  platform: { id: string; issuer: string; jwksUri: string },
  deployment: { id: string },
  guid: string | undefined,
): string {
  return guid
    ? JSON.stringify(['lms', platform.issuer, new URL(platform.jwksUri).origin, guid])
    : JSON.stringify(['deployment', platform.id, deployment.id]);
}
