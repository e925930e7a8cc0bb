/** The person of a launch in OpenID Connect's words (Core 1.0 section 5.1): only what that launch's message had. */
import type { LaunchWithRows, PersonalClaim } from '../store/launches.js';
import type { Person } from '../store/roster.js';

const valueOf: Record<PersonalClaim, (person: Person) => string | null> = {
  name: (person) => person.name,
  given_name: (person) => person.givenName,
  family_name: (person) => person.familyName,
  middle_name: (person) => person.middleName,
  email: (person) => person.email,
  picture: (person) => person.pictureUrl,
  locale: (person) => person.locale,
};

/**
 * No email_verified: an LMS tells an address, it does not say how it knows it, and an application must not join accounts
 * by it.
 */
export function accountClaims({ person, details }: LaunchWithRows): { sub: string } & Record<string, string> {
  const told = details.personalClaims.map((name) => [name, valueOf[name](person)] as const);
  return { sub: person.id, ...Object.fromEntries(told.filter(([, value]) => value !== null)) };
}
