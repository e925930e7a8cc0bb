/** Rows as the stores hand them out, for presenters to be tried on. */
import type { LaunchDetails, LaunchWithRows } from '../../server/store/launches.js';
import type { Assignment } from '../../server/store/coursework.js';
import type { Class, Person } from '../../server/store/roster.js';

const scope = { applicationId: '11111111-1111-4111-8111-111111111111', identitySpace: '["lms","x"]' };
const createdAt = Date.parse('2026-01-15T08:30:00.123Z');
const updatedAt = Date.parse('2026-02-16T09:31:01.456Z');

export function personRow(changes: Partial<Person> = {}): Person {
  return {
    ...scope,
    id: '22222222-2222-5222-8222-222222222222',
    ltiUserId: 'user-1',
    name: null,
    givenName: null,
    familyName: null,
    middleName: null,
    email: null,
    pictureUrl: null,
    locale: null,
    sourcedId: null,
    roles: [],
    createdAt,
    updatedAt,
    ...changes,
  };
}

export function classRow(changes: Partial<Class> = {}): Class {
  return {
    ...scope,
    id: '33333333-3333-5333-8333-333333333333',
    ltiContextId: 'course-1',
    title: 'Math 101',
    label: 'MA-101',
    types: [],
    sourcedId: null,
    createdAt,
    updatedAt,
    ...changes,
  };
}

export function assignmentRow(changes: Partial<Assignment> = {}): Assignment {
  return {
    ...scope,
    id: '44444444-4444-5444-8444-444444444444',
    classId: null,
    resourceLinkId: 'link-1',
    lineItemUrl: null,
    title: 'Fractions',
    description: 'Ten of them.',
    createdAt,
    updatedAt,
    ...changes,
  };
}

export function launchRow(
  changes: Partial<LaunchWithRows> = {},
  details: Partial<LaunchDetails> = {},
): LaunchWithRows {
  return {
    id: '55555555-5555-4555-8555-555555555555',
    applicationId: scope.applicationId,
    platformId: '66666666-6666-4666-8666-666666666666',
    deploymentId: '77777777-7777-4777-8777-777777777777',
    personId: '22222222-2222-5222-8222-222222222222',
    classId: null,
    assignmentId: null,
    selectionId: null,
    messageType: 'LtiResourceLinkRequest',
    intent: 'login',
    scope: 'openid profile email',
    grantUsedAt: null,
    grantRevokedAt: null,
    createdAt,
    person: personRow(),
    class: null,
    assignment: null,
    selectionPayload: null,
    platform: {
      id: '66666666-6666-4666-8666-666666666666',
      name: "The operator's name",
      issuer: 'https://lms.example',
      product: 'canvas',
    },
    ltiDeploymentId: 'deployment-1',
    isConnected: true,
    ...changes,
    details: {
      roles: [],
      custom: {},
      context: null,
      resourceLink: null,
      targetLinkUri: null,
      presentation: null,
      forUser: null,
      deepLinking: null,
      platformGuid: null,
      platformProduct: null,
      platformName: null,
      grades: null,
      roster: null,
      personalClaims: [],
      ...details,
    },
  };
}
