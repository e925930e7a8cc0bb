/**
 * A verified message becomes rows: person, class, enrollment, assignment where they are new or changed, and the launch
 * itself, whose insert spends the nonce. In steady state that is one statement to read and one to write.
 */
import { randomUUID } from 'node:crypto';
import { sha256 } from '../../lib/crypto.js';
import { BridgeError } from '../../lib/errors.js';
import type { Assignment } from '../../store/coursework.js';
import { isOrphan } from '../../store/database.js';
import {
  assignmentIdOfLineItem,
  assignmentIdOfResourceLink,
  classId,
  enrollmentId,
  personId,
  type IdentityScope,
} from '../../store/identity.js';
import type { KnownKeys, KnownRows, Launch, LaunchDetails } from '../../store/launches.js';
import type { Class, Enrollment, Person } from '../../store/roster.js';
import type { KnownDeployment } from './deployment.js';
import { intentOf, isClass } from './intent.js';
import type { LaunchMessage } from './message.js';
import { roleInClass } from './roles.js';

export type NewLaunch = Omit<Launch, 'grantUsedAt' | 'grantRevokedAt' | 'createdAt'>;

type Unsaved<T> = Omit<T, 'createdAt' | 'updatedAt'>;

export interface RecordNeeds {
  launches: {
    findKnown(keys: KnownKeys): Promise<KnownRows>;
    insert(
      launch: NewLaunch,
      spent: { nonceHash: string; deepLinkTokenHash?: string },
      message: string,
    ): Promise<boolean>;
  };
  roster: {
    savePerson(person: Unsaved<Person>): Promise<Person>;
    saveClass(klass: Unsaved<Class>): Promise<Class>;
    saveEnrollment(enrollment: Unsaved<Enrollment>): Promise<void>;
  };
  coursework: {
    saveAssignment(assignment: Unsaved<Assignment>): Promise<Assignment>;
    saveAlias(alias: string, id: string): Promise<void>;
    join(younger: string, older: string): Promise<void>;
  };
}

/** What a launch may tell of its person in OpenID Connect's words. */
const grantedScope = 'openid profile email';

/** @throws BridgeError `launch_replayed`, `launch_registration_inactive` */
export async function recordLaunch(
  needs: RecordNeeds,
  message: LaunchMessage,
  deployment: KnownDeployment,
  deepLinkTokenHash?: string,
): Promise<NewLaunch> {
  try {
    return await record(needs, message, deployment, deepLinkTokenHash);
  } catch (error) {
    if (!isOrphan(error)) throw error;
    throw new BridgeError('launch_registration_inactive', {
      detail: 'the platform or its application was deleted a moment ago',
      cause: error,
    });
  }
}

async function record(
  needs: RecordNeeds,
  message: LaunchMessage,
  deployment: KnownDeployment,
  deepLinkTokenHash?: string,
): Promise<NewLaunch> {
  const scope: IdentityScope = {
    applicationId: message.platform.applicationId,
    identitySpace: deployment.identitySpace,
  };
  const keys = keysOf(message, scope);
  const known = await needs.launches.findKnown(keys);
  const intent = intentOf(message.messageType, message.details, known.selectionId);

  const role = roleInClass(message.details.roles);
  const person = await recordPerson(needs, message, scope, keys, known, role);
  const klass = await recordClass(needs, message, scope, keys, known);
  if (klass) await recordEnrollment(needs, message, person, klass, known, role);
  const hasAssignment = intent === 'assignment' || intent === 'submission';
  const assignment = hasAssignment
    ? await recordAssignment(needs, message, scope, keys, known, klass)
    : undefined;

  const launch: NewLaunch = {
    id: randomUUID(),
    applicationId: scope.applicationId,
    platformId: message.platform.id,
    deploymentId: deployment.id,
    personId: person.id,
    classId: klass?.id ?? null,
    assignmentId: assignment?.id ?? null,
    selectionId: known.selectionId ?? null,
    messageType: message.messageType,
    intent,
    details: message.details,
    scope: grantedScope,
  };
  const spent = await needs.launches.insert(
    launch,
    { nonceHash: sha256(message.nonce), deepLinkTokenHash },
    JSON.stringify(message.claims),
  );
  if (!spent) throw new BridgeError('launch_replayed');
  return launch;
}

function keysOf({ subject, details, selectionId }: LaunchMessage, scope: IdentityScope): KnownKeys {
  const lineItem = details.grades?.lineItem;
  return {
    applicationId: scope.applicationId,
    // Nobody can tell two anonymous launches apart, so each is a person of its own.
    personId: subject === undefined ? randomUUID() : personId(scope, subject),
    classId: isClass(details.context) ? classId(scope, details.context.id) : null,
    resourceLinkKey: details.resourceLink && assignmentIdOfResourceLink(scope, details.resourceLink.id),
    lineItemKey: lineItem ? assignmentIdOfLineItem(scope, lineItem) : null,
    selectionId: selectionId ?? null,
  };
}

async function recordPerson(
  needs: RecordNeeds,
  message: LaunchMessage,
  scope: IdentityScope,
  keys: KnownKeys,
  known: KnownRows,
  role: string,
): Promise<Person> {
  const facts = { ...known.person, ...told(message.person) };
  const roles = [...new Set([...(known.person?.roles ?? []), role])].sort();
  if (known.person && !differs(known.person, { ...told(message.person), roles })) return known.person;
  return needs.roster.savePerson({
    ...emptyPerson,
    ...facts,
    ...scope,
    roles,
    id: known.person?.id ?? keys.personId,
    ltiUserId: message.subject ?? null,
  });
}

const emptyPerson = {
  name: null,
  givenName: null,
  familyName: null,
  middleName: null,
  email: null,
  pictureUrl: null,
  locale: null,
  sourcedId: null,
};

async function recordClass(
  needs: RecordNeeds,
  message: LaunchMessage,
  scope: IdentityScope,
  keys: KnownKeys,
  known: KnownRows,
): Promise<Class | undefined> {
  const { context } = message.details;
  if (!isClass(context)) return undefined;
  if (known.class && !differs(known.class, told(message.class))) return known.class;
  return needs.roster.saveClass({
    ...{ title: null, label: null, types: [], sourcedId: null },
    ...known.class,
    ...told(message.class),
    ...scope,
    id: known.class?.id ?? keys.classId!,
    ltiContextId: context.id,
  });
}

async function recordEnrollment(
  needs: RecordNeeds,
  message: LaunchMessage,
  person: Person,
  klass: Class,
  known: KnownRows,
  role: string,
): Promise<void> {
  const facts = { role, ltiRoles: message.details.roles, state: 'active' };
  if (known.enrollment && !differs(known.enrollment, facts)) return;
  const id = known.enrollment?.id ?? enrollmentId(person.id, klass.id);
  await needs.roster.saveEnrollment({ id, personId: person.id, classId: klass.id, ...facts });
}

/**
 * The assignment of a launch, known by its resource link, by its line item, or as two by both: then the older id stays
 * and the younger one becomes an alias of it.
 */
async function recordAssignment(
  needs: RecordNeeds,
  message: LaunchMessage,
  scope: IdentityScope,
  keys: KnownKeys,
  rows: KnownRows,
  klass: Class | undefined,
): Promise<Assignment | undefined> {
  const link = linkOfAssignment(message, rows);
  const linkKey = link && keys.resourceLinkKey;
  const newId = linkKey ?? keys.lineItemKey;
  if (newId === null) return undefined;
  const [known, younger] = sameAssignment(link, rows);
  const facts = told({
    classId: klass?.id ?? null,
    resourceLinkId: known?.resourceLinkId ?? link?.id ?? null,
    lineItemUrl: message.details.grades?.lineItem ?? null,
    title: link?.title ?? null,
    description: link?.description ?? null,
  });
  const assignment =
    known && !differs(known, facts)
      ? known
      : await needs.coursework.saveAssignment({
          ...emptyAssignment,
          ...known,
          ...facts,
          ...scope,
          id: known?.id ?? newId,
        });

  if (younger) await needs.coursework.join(younger.id, assignment.id);
  const unknownKeys = [!rows.byResourceLink && linkKey, !rows.byLineItem && keys.lineItemKey];
  for (const key of unknownKeys) {
    if (key && key !== assignment.id) await needs.coursework.saveAlias(key, assignment.id);
  }
  return assignment;
}

/**
 * The link by which a message names its assignment. Some platforms make up one link for all submission reviews of a course
 * (Canvas' SpeedGrader): there the line item names the assignment, and the link counts only where we know it as that one.
 */
function linkOfAssignment(
  { details, messageType }: LaunchMessage,
  { byResourceLink }: KnownRows,
): LaunchDetails['resourceLink'] {
  const lineItem = details.grades?.lineItem;
  if (messageType !== 'LtiSubmissionReviewRequest' || !lineItem) return details.resourceLink;
  const isKnown = byResourceLink && (byResourceLink.lineItemUrl ?? lineItem) === lineItem;
  return isKnown ? details.resourceLink : null;
}

/** The rows that are this assignment, the oldest first. A link decides; a line item counts while no other link has it. */
function sameAssignment(
  link: LaunchDetails['resourceLink'],
  { byResourceLink, byLineItem }: KnownRows,
): Assignment[] {
  const itemIsFree = !link || !byLineItem?.resourceLinkId || byLineItem.resourceLinkId === link.id;
  const rows = [link ? byResourceLink : undefined, itemIsFree ? byLineItem : undefined].filter(
    (row) => row !== undefined,
  );
  const distinct = rows.filter((row, index) => rows.findIndex(({ id }) => id === row.id) === index);
  return distinct.sort((a, b) => a.createdAt - b.createdAt || a.id.localeCompare(b.id));
}

const emptyAssignment = {
  classId: null,
  resourceLinkId: null,
  lineItemUrl: null,
  title: null,
  description: null,
};

/** Only what was said: a platform that leaves out a name today has not taken it back. */
function told<T extends object>(facts: T): Partial<T> {
  const said = Object.entries(facts).filter(
    ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(said) as Partial<T>;
}

function differs(known: object, facts: object): boolean {
  return Object.entries(facts).some(
    ([name, value]) => JSON.stringify((known as Record<string, unknown>)[name]) !== JSON.stringify(value),
  );
}
