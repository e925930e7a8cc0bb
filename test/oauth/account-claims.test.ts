/** Which claims a launch tells: those of its own message, whatever is known of the person from others. */
import { describe, expect, it } from '@jest/globals';
import { accountClaims } from '../../server/oauth/account-claims.js';
import { launchRow, personRow } from '../edlink/rows.js';

const person = personRow({
  name: 'Ada Sample',
  givenName: 'Ada',
  familyName: 'Sample',
  middleName: 'M.',
  email: 'ada@school.example',
  pictureUrl: 'https://lms.example/ada.png',
  locale: 'de',
});

describe('the claims of a launch', () => {
  it('are those that its message had', () => {
    const all = ['name', 'given_name', 'family_name', 'middle_name', 'email', 'picture', 'locale'] as const;
    expect(accountClaims(launchRow({ person }, { personalClaims: [...all] }))).toEqual({
      sub: person.id,
      name: 'Ada Sample',
      given_name: 'Ada',
      family_name: 'Sample',
      middle_name: 'M.',
      email: 'ada@school.example',
      picture: 'https://lms.example/ada.png',
      locale: 'de',
    });
    expect(accountClaims(launchRow({ person }, { personalClaims: ['email'] }))).toEqual({
      sub: person.id,
      email: 'ada@school.example',
    });
    expect(accountClaims(launchRow({ person }, { personalClaims: [] }))).toEqual({ sub: person.id });
  });

  it('leave out what is not known any more', () => {
    const forgotten = personRow({ name: null });
    expect(accountClaims(launchRow({ person: forgotten }, { personalClaims: ['name'] }))).toEqual({
      sub: forgotten.id,
    });
  });
});
