/**
 * Launches: each accepted message, what it was about, and the grant that came of it.
 *
 * Inserting a launch spends its nonce (a unique column), and the grant is three columns of the launch, so whatever was
 * issued for a launch is good exactly as long as its row says so: nothing saved later can revive a revoked grant.
 */
import type { Database } from './database.js';
import { assignmentFromRow, type Assignment, type AssignmentRow } from './coursework.js';
import { prefixed, rawRows, take } from './joined.js';
import {
  classFromRow,
  enrollmentFromRow,
  personFromRow,
  type Class,
  type ClassRow,
  type Enrollment,
  type EnrollmentRow,
  type Person,
  type PersonRow,
} from './roster.js';

export type Intent = 'select' | 'assignment' | 'class' | 'submission' | 'login';

/** The facts of a message that outlive it: no claim names, nothing the message alone could tell. */
export interface LaunchDetails {
  roles: string[];
  custom: Record<string, unknown>;
  context: { id: string; type: string[]; label: string | null; title: string | null } | null;
  resourceLink: { id: string; title: string | null; description: string | null } | null;
  targetLinkUri: string | null;
  presentation: { locale: string | null; documentTarget: string | null; returnUrl: string | null } | null;
  forUser: Record<string, unknown> | null;
  deepLinking: DeepLinkingSettings | null;
  platformGuid: string | null;
  platformProduct: string | null;
  platformName: string | null;
  /** Scopes granted and addresses of the grade service, null when the message offers none. */
  grades: { scopes: string[]; lineItems: string | null; lineItem: string | null } | null;
  /** Address of the roster service, null when the message offers none. */
  roster: { membershipsUrl: string; serviceVersions: string[] } | null;
  /** Which personal claims the message had: these, no others, are told of this launch. */
  personalClaims: PersonalClaim[];
}

export type PersonalClaim =
  'name' | 'given_name' | 'family_name' | 'middle_name' | 'email' | 'picture' | 'locale';

export interface DeepLinkingSettings {
  returnUrl: string;
  acceptTypes: string[];
  acceptMediaTypes: string | null;
  acceptPresentationDocumentTargets: string[];
  acceptMultiple: boolean | null;
  acceptLineItem: boolean | null;
  autoCreate: boolean | null;
  title: string | null;
  text: string | null;
  /** Opaque, to be sent back; null when the message had none, which differs from an empty text. */
  data: string | null;
}

export interface Launch {
  id: string;
  applicationId: string;
  platformId: string;
  deploymentId: string;
  personId: string;
  classId: string | null;
  assignmentId: string | null;
  selectionId: string | null;
  messageType: string;
  intent: Intent;
  details: LaunchDetails;
  scope: string;
  grantUsedAt: number | null;
  grantRevokedAt: number | null;
  createdAt: number;
}

/** A launch with the rows it is about: all that an application's context is built from. */
export interface LaunchWithRows extends Launch {
  person: Person;
  class: Class | null;
  assignment: Assignment | null;
  /** JSON text as the application selected it. */
  selectionPayload: string | null;
  platform: { id: string; name: string; issuer: string; product: string | null };
  ltiDeploymentId: string;
  /** False once the platform or the deployment is suspended: then nothing of this launch is good any more. */
  isConnected: boolean;
}

export interface KnownKeys {
  applicationId: string;
  personId: string;
  classId: string | null;
  resourceLinkKey: string | null;
  lineItemKey: string | null;
  selectionId: string | null;
}

export interface KnownRows {
  person: Person | undefined;
  class: Class | undefined;
  enrollment: Enrollment | undefined;
  byResourceLink: Assignment | undefined;
  byLineItem: Assignment | undefined;
  selectionId: string | undefined;
}

interface LaunchRow {
  id: string;
  application_id: string;
  platform_id: string;
  deployment_id: string;
  person_id: string;
  class_id: string | null;
  assignment_id: string | null;
  selection_id: string | null;
  message_type: string;
  intent: string;
  details: string;
  scope: string;
  grant_used_at: number | null;
  grant_revoked_at: number | null;
  created_at: number;
  nonce_hash: string;
  login_hint_hash: string | null;
}

export class LaunchStore {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #keepMs: number;

  /** @param needs.launchDays how long an unredeemed launch and the text of a message are kept */
  constructor(needs: { database: Database; now: () => number; launchDays: number }) {
    this.#database = needs.database;
    this.#now = needs.now;
    this.#keepMs = needs.launchDays * 86_400_000;
  }

  /** What is known of the things a message speaks of, by one statement. */
  async findKnown(keys: KnownKeys): Promise<KnownRows> {
    const [row] = await rawRows<Record<string, unknown>>(this.#database, knownSql, [
      keys.personId,
      keys.classId,
      keys.resourceLinkKey,
      keys.lineItemKey,
      keys.selectionId,
      keys.applicationId,
    ]);
    const person = take<PersonRow>(row!, 'p');
    const klass = take<ClassRow>(row!, 'c');
    const enrollment = take<EnrollmentRow>(row!, 'e');
    const byResourceLink = take<AssignmentRow>(row!, 'l');
    const byLineItem = take<AssignmentRow>(row!, 'i');
    return {
      person: person && personFromRow(person),
      class: klass && classFromRow(klass),
      enrollment: enrollment && enrollmentFromRow(enrollment),
      byResourceLink: byResourceLink && assignmentFromRow(byResourceLink),
      byLineItem: byLineItem && assignmentFromRow(byLineItem),
      selectionId: (row!.selection_id as string | null) ?? undefined,
    };
  }

  /**
   * Saves a launch and so spends its nonce. A selection launch keeps the hash of the token that may answer it.
   * @param message the verified claims, as JSON text
   * @returns false when the nonce was spent already: nothing was saved
   */
  async insert(
    launch: Omit<Launch, 'grantUsedAt' | 'grantRevokedAt' | 'createdAt'>,
    hashes: { nonceHash: string; deepLinkTokenHash?: string },
    message: string,
  ): Promise<boolean> {
    const now = this.#now();
    const inserted = await this.#database
      .knex('launches')
      .insert({
        id: launch.id,
        application_id: launch.applicationId,
        platform_id: launch.platformId,
        deployment_id: launch.deploymentId,
        person_id: launch.personId,
        class_id: launch.classId,
        assignment_id: launch.assignmentId,
        selection_id: launch.selectionId,
        message_type: launch.messageType,
        intent: launch.intent,
        nonce_hash: hashes.nonceHash,
        deep_link_token_hash: hashes.deepLinkTokenHash ?? null,
        details: JSON.stringify(launch.details),
        message,
        scope: launch.scope,
        created_at: now,
        purge_at: now + this.#keepMs,
      })
      .onConflict('nonce_hash')
      .ignore()
      .returning<{ id: string }[]>('id');
    return inserted.length > 0;
  }

  /** The launch with everything an application is told of it, by one statement. */
  async findWithRows(id: string): Promise<LaunchWithRows | undefined> {
    const [row] = await rawRows<Record<string, unknown> & LaunchRow>(this.#database, withRowsSql, [id]);
    if (!row) return undefined;
    const klass = take<ClassRow>(row, 'c');
    const assignment = take<AssignmentRow>(row, 'a');
    return {
      ...fromRow(row),
      person: personFromRow(take<PersonRow>(row, 'p')!),
      class: klass ? classFromRow(klass) : null,
      assignment: assignment ? assignmentFromRow(assignment) : null,
      selectionPayload: row.selection_payload as string | null,
      platform: {
        id: row.platform_id,
        name: row.platform_name as string,
        issuer: row.platform_issuer as string,
        product: row.platform_product as string | null,
      },
      ltiDeploymentId: row.lti_deployment_id as string,
      isConnected: row.platform_state === 'active' && row.deployment_state === 'active',
    };
  }

  async find(id: string): Promise<Launch | undefined> {
    const row = await this.#database.knex<LaunchRow>('launches').where({ id }).first();
    return row && fromRow(row);
  }

  /** The launch that spent a nonce. */
  async findByNonce(nonceHash: string): Promise<Launch | undefined> {
    const row = await this.#database.knex<LaunchRow>('launches').where({ nonce_hash: nonceHash }).first();
    return row && fromRow(row);
  }

  /** Newest first. `before` is the createdAt of the last launch of the page before. */
  async list(page: { limit: number; before?: number; platformId?: string }): Promise<Launch[]> {
    const query = this.#database.knex<LaunchRow>('launches').orderBy('created_at', 'desc').limit(page.limit);
    if (page.before !== undefined) query.where('created_at', '<', page.before);
    if (page.platformId) query.where({ platform_id: page.platformId });
    return (await query).map(fromRow);
  }

  /** Ends the grant of a launch, and with it every code and token made from it. */
  async revokeGrant(id: string): Promise<void> {
    await this.#database
      .knex('launches')
      .where({ id })
      .whereNull('grant_revoked_at')
      .update({ grant_revoked_at: this.#now() });
  }

  /** The one-use hint by which the application's own login finds this launch. */
  async saveLoginHint(id: string, hintHash: string): Promise<void> {
    await this.#database.knex('launches').where({ id }).update({ login_hint_hash: hintHash });
  }

  async findByLoginHint(hintHash: string): Promise<Launch | undefined> {
    const row = await this.#database.knex<LaunchRow>('launches').where({ login_hint_hash: hintHash }).first();
    return row && fromRow(row);
  }

  /** Of all callers, in all processes, exactly one hears true. */
  async spendLoginHint(id: string): Promise<boolean> {
    const count = await this.#database
      .knex('launches')
      .where({ id })
      .whereNull('login_hint_used_at')
      .update({ login_hint_used_at: this.#now() });
    return count > 0;
  }

  async touchGrant(id: string): Promise<void> {
    await this.#database.knex('launches').where({ id }).update({ grant_used_at: this.#now() });
  }
}

const knownSql = `
select ${prefixed('people', 'p')}, ${prefixed('classes', 'c')}, ${prefixed('enrollments', 'e')},
  ${prefixed('assignments', 'l')}, ${prefixed('assignments', 'i')}, s.id as selection_id
from (select cast(? as varchar(36)) as person_key, cast(? as varchar(36)) as class_key, cast(? as varchar(36)) as link_key,
  cast(? as varchar(36)) as item_key, cast(? as varchar(36)) as selection_key, cast(? as varchar(36)) as application_id) k
left join id_aliases pa on pa.alias = k.person_key
left join people p on p.id = coalesce(pa.id, k.person_key)
left join id_aliases ca on ca.alias = k.class_key
left join classes c on c.id = coalesce(ca.id, k.class_key)
left join enrollments e on e.person_id = p.id and e.class_id = c.id
left join id_aliases la on la.alias = k.link_key
left join assignments l on l.id = coalesce(la.id, k.link_key)
left join id_aliases ia on ia.alias = k.item_key
left join assignments i on i.id = coalesce(ia.id, k.item_key)
left join selections s on s.id = k.selection_key and s.application_id = k.application_id`;

const withRowsSql = `
select n.*, ${prefixed('people', 'p')}, ${prefixed('classes', 'c')}, ${prefixed('assignments', 'a')},
  s.payload as selection_payload, f.name as platform_name, f.issuer as platform_issuer, f.product as platform_product,
  f.state as platform_state, d.state as deployment_state, d.deployment_id as lti_deployment_id
from launches n
join people p on p.id = n.person_id
join platforms f on f.id = n.platform_id
join deployments d on d.id = n.deployment_id
left join classes c on c.id = n.class_id
left join assignments a on a.id = n.assignment_id
left join selections s on s.id = n.selection_id
where n.id = ?`;

function fromRow(row: LaunchRow): Launch {
  return {
    id: row.id,
    applicationId: row.application_id,
    platformId: row.platform_id,
    deploymentId: row.deployment_id,
    personId: row.person_id,
    classId: row.class_id,
    assignmentId: row.assignment_id,
    selectionId: row.selection_id,
    messageType: row.message_type,
    intent: row.intent as Intent,
    details: JSON.parse(row.details) as LaunchDetails,
    scope: row.scope,
    grantUsedAt: row.grant_used_at,
    grantRevokedAt: row.grant_revoked_at,
    createdAt: row.created_at,
  };
}
