/** People, classes and enrollments, written when a launch shows something new and left alone otherwise. */
import type { Database } from './database.js';

export interface PersonFacts {
  name: string | null;
  givenName: string | null;
  familyName: string | null;
  middleName: string | null;
  email: string | null;
  pictureUrl: string | null;
  locale: string | null;
  /** lis.person_sourcedid: the id of the school's information system. */
  sourcedId: string | null;
}

export interface Person extends PersonFacts {
  id: string;
  applicationId: string;
  identitySpace: string;
  /** The `sub` of the platform; null for a person who came anonymously. */
  ltiUserId: string | null;
  /** The roles this person was seen with, in Edlink's words. */
  roles: string[];
  createdAt: number;
  updatedAt: number;
}

export interface ClassFacts {
  title: string | null;
  label: string | null;
  types: string[];
  sourcedId: string | null;
}

export interface Class extends ClassFacts {
  id: string;
  applicationId: string;
  identitySpace: string;
  ltiContextId: string;
  createdAt: number;
  updatedAt: number;
}

export interface Enrollment {
  id: string;
  personId: string;
  classId: string;
  /** In Edlink's words: student, teacher, ta, … */
  role: string;
  /** As the platform sent them. */
  ltiRoles: string[];
  state: string;
  createdAt: number;
  updatedAt: number;
}

export interface PersonRow {
  id: string;
  application_id: string;
  identity_space: string;
  lti_user_id: string | null;
  name: string | null;
  given_name: string | null;
  family_name: string | null;
  middle_name: string | null;
  email: string | null;
  picture_url: string | null;
  locale: string | null;
  sourced_id: string | null;
  roles: string;
  created_at: number;
  updated_at: number;
}

export interface ClassRow {
  id: string;
  application_id: string;
  identity_space: string;
  lti_context_id: string;
  title: string | null;
  label: string | null;
  types: string;
  sourced_id: string | null;
  created_at: number;
  updated_at: number;
}

export interface EnrollmentRow {
  id: string;
  person_id: string;
  class_id: string;
  role: string;
  lti_roles: string;
  state: string;
  created_at: number;
  updated_at: number;
}

export class RosterStore {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(needs: { database: Database; now: () => number }) {
    this.#database = needs.database;
    this.#now = needs.now;
  }

  /** Saves a person as seen now; the same person saved by another process a moment ago is brought up to date. */
  async savePerson(person: Omit<Person, 'createdAt' | 'updatedAt'>): Promise<Person> {
    const now = this.#now();
    const { id, applicationId, identitySpace, ltiUserId } = person;
    const facts = {
      name: person.name,
      given_name: person.givenName,
      family_name: person.familyName,
      middle_name: person.middleName,
      email: person.email,
      picture_url: person.pictureUrl,
      locale: person.locale,
      sourced_id: person.sourcedId,
      roles: JSON.stringify(person.roles),
      updated_at: now,
    };
    const [row] = await this.#database
      .knex('people')
      .insert({
        id,
        application_id: applicationId,
        identity_space: identitySpace,
        lti_user_id: ltiUserId,
        ...facts,
        created_at: now,
      })
      .onConflict('id')
      .merge(facts)
      .returning<PersonRow[]>('*');
    return personFromRow(row!);
  }

  async saveClass(klass: Omit<Class, 'createdAt' | 'updatedAt'>): Promise<Class> {
    const now = this.#now();
    const { id, applicationId, identitySpace, ltiContextId } = klass;
    const facts = {
      title: klass.title,
      label: klass.label,
      types: JSON.stringify(klass.types),
      sourced_id: klass.sourcedId,
      updated_at: now,
    };
    const [row] = await this.#database
      .knex('classes')
      .insert({
        id,
        application_id: applicationId,
        identity_space: identitySpace,
        lti_context_id: ltiContextId,
        ...facts,
        created_at: now,
      })
      .onConflict('id')
      .merge(facts)
      .returning<ClassRow[]>('*');
    return classFromRow(row!);
  }

  async saveEnrollment(enrollment: Omit<Enrollment, 'createdAt' | 'updatedAt'>): Promise<void> {
    const now = this.#now();
    const facts = {
      role: enrollment.role,
      lti_roles: JSON.stringify(enrollment.ltiRoles),
      state: enrollment.state,
      updated_at: now,
    };
    await this.#database
      .knex('enrollments')
      .insert({
        id: enrollment.id,
        person_id: enrollment.personId,
        class_id: enrollment.classId,
        ...facts,
        created_at: now,
      })
      .onConflict('id')
      .merge(facts);
  }
}

export function personFromRow(row: PersonRow): Person {
  return {
    id: row.id,
    applicationId: row.application_id,
    identitySpace: row.identity_space,
    ltiUserId: row.lti_user_id,
    name: row.name,
    givenName: row.given_name,
    familyName: row.family_name,
    middleName: row.middle_name,
    email: row.email,
    pictureUrl: row.picture_url,
    locale: row.locale,
    sourcedId: row.sourced_id,
    roles: JSON.parse(row.roles) as string[],
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function classFromRow(row: ClassRow): Class {
  return {
    id: row.id,
    applicationId: row.application_id,
    identitySpace: row.identity_space,
    ltiContextId: row.lti_context_id,
    title: row.title,
    label: row.label,
    types: JSON.parse(row.types) as string[],
    sourcedId: row.sourced_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function enrollmentFromRow(row: EnrollmentRow): Enrollment {
  return {
    id: row.id,
    personId: row.person_id,
    classId: row.class_id,
    role: row.role,
    ltiRoles: JSON.parse(row.lti_roles) as string[],
    state: row.state,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
