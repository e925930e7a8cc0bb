/** People and classes as applications see them (Edlink's model). Every key is always there; what LTI cannot tell is null. */
import { districtId, schoolId, type IdentityScope } from '../store/identity.js';
import type { Class, Person } from '../store/roster.js';
import { identifiers, isoTime } from './values.js';

export function presentPerson(person: Person) {
  return {
    id: person.id,
    created_date: isoTime(person.createdAt),
    updated_date: isoTime(person.updatedAt),
    first_name: person.givenName ?? firstWord(person.name),
    middle_name: person.middleName,
    last_name: person.familyName ?? otherWords(person.name),
    display_name: person.name ?? ([person.givenName, person.familyName].filter(Boolean).join(' ') || null),
    roles: person.roles,
    graduation_year: null,
    grade_levels: [],
    picture_url: person.pictureUrl,
    email: person.email,
    phone: null,
    locale: person.locale,
    time_zone: null,
    demographics: {},
    properties: {},
    identifiers: identifiers({ lti_id: person.ltiUserId, sis_id: person.sourcedId }),
    ...schoolOf(person),
  };
}

export function presentClass(klass: Class) {
  const { school_ids } = schoolOf(klass);
  return {
    id: klass.id,
    name: klass.title ?? klass.label,
    description: klass.label,
    state: 'active',
    picture_url: null,
    created_date: isoTime(klass.createdAt),
    updated_date: isoTime(klass.updatedAt),
    locale: null,
    time_zone: null,
    school_id: school_ids[0],
    course_id: null,
    session_ids: [],
    subjects: [],
    grade_levels: [],
    periods: [],
    properties: {},
    identifiers: identifiers({ lti_id: klass.ltiContextId, sis_id: klass.sourcedId }),
    materialization_id: null,
    rules: {},
    product_ids: [],
  };
}

function schoolOf(scope: IdentityScope) {
  return { district_id: districtId(scope), school_ids: [schoolId(scope)] };
}

/** Some platforms send a whole name only; Edlink's people have two halves. */
function firstWord(name: string | null): string | null {
  return name?.trim().split(/\s+/)[0] || null;
}

function otherWords(name: string | null): string | null {
  return name?.trim().split(/\s+/).slice(1).join(' ') || null;
}
