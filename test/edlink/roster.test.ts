/** People and classes in Edlink's words: every key of its model, whatever the LMS tells. */
import { describe, expect, it } from '@jest/globals';
import { presentClass, presentPerson } from '../../server/edlink/roster.js';
import { classRow, personRow } from './rows.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('a person', () => {
  it("has every key of Edlink's sample, in its order, though nothing is known", () => {
    expect(presentPerson(personRow())).toEqual({
      id: '22222222-2222-5222-8222-222222222222',
      created_date: '2026-01-15T08:30:00.123Z',
      updated_date: '2026-02-16T09:31:01.456Z',
      first_name: null,
      middle_name: null,
      last_name: null,
      display_name: null,
      roles: [],
      graduation_year: null,
      grade_levels: [],
      picture_url: null,
      email: null,
      phone: null,
      locale: null,
      time_zone: null,
      demographics: {},
      properties: {},
      identifiers: [{ type: 'lti_id', value: 'user-1' }],
      district_id: expect.stringMatching(uuid),
      school_ids: [expect.stringMatching(uuid)],
    });
    expect(Object.keys(presentPerson(personRow()))).toEqual(
      [
        'id created_date updated_date first_name middle_name last_name display_name roles graduation_year',
        'grade_levels picture_url email phone locale time_zone demographics properties identifiers',
        'district_id school_ids',
      ]
        .join(' ')
        .split(' '),
    );
  });

  it.each([
    ['Ada Sample', 'Ada', 'Sample'],
    ['  Ada   King  Sample ', 'Ada', 'King Sample'],
    ['Plato', 'Plato', null],
    ['   ', null, null],
    ['李 明', '李', '明'],
    ['عمر الخيام', 'عمر', 'الخيام'],
  ])('whose whole name is "%s" has two halves', (name, first, last) => {
    expect(presentPerson(personRow({ name }))).toMatchObject({ first_name: first, last_name: last });
  });

  it('whose halves are known keeps them, and is called by them where the whole is not known', () => {
    const halves = personRow({ givenName: 'Ada', familyName: 'Sample', middleName: 'M.' });
    expect(presentPerson(halves)).toMatchObject({
      first_name: 'Ada',
      middle_name: 'M.',
      last_name: 'Sample',
      display_name: 'Ada Sample',
    });
    expect(presentPerson(personRow({ familyName: 'Sample' }))).toMatchObject({
      first_name: null,
      last_name: 'Sample',
      display_name: 'Sample',
    });
    expect(presentPerson({ ...halves, name: 'Dr. A. Sample' })).toMatchObject({
      first_name: 'Ada',
      last_name: 'Sample',
      display_name: 'Dr. A. Sample',
    });
  });

  it('who came anonymously has no identifiers', () => {
    expect(presentPerson(personRow({ ltiUserId: null })).identifiers).toEqual([]);
  });

  it('with an id of the school shows it beside the id of the LMS', () => {
    expect(presentPerson(personRow({ sourcedId: 'S-1' })).identifiers).toEqual([
      { type: 'lti_id', value: 'user-1' },
      { type: 'sis_id', value: 'S-1' },
    ]);
  });
});

describe('a class', () => {
  it("has every key of Edlink's sample, in its order", () => {
    expect(Object.keys(presentClass(classRow()))).toEqual(
      [
        'id name description state picture_url created_date updated_date locale time_zone school_id course_id',
        'session_ids subjects grade_levels periods properties identifiers materialization_id rules product_ids',
      ]
        .join(' ')
        .split(' '),
    );
    expect(presentClass(classRow({ sourcedId: 'SEC-1' }))).toEqual({
      id: '33333333-3333-5333-8333-333333333333',
      name: 'Math 101',
      description: 'MA-101',
      state: 'active',
      picture_url: null,
      created_date: '2026-01-15T08:30:00.123Z',
      updated_date: '2026-02-16T09:31:01.456Z',
      locale: null,
      time_zone: null,
      school_id: expect.stringMatching(uuid),
      course_id: null,
      session_ids: [],
      subjects: [],
      grade_levels: [],
      periods: [],
      properties: {},
      identifiers: [
        { type: 'lti_id', value: 'course-1' },
        { type: 'sis_id', value: 'SEC-1' },
      ],
      materialization_id: null,
      rules: {},
      product_ids: [],
    });
  });

  it('without a title is called by its label, and without both by nothing', () => {
    expect(presentClass(classRow({ title: null })).name).toBe('MA-101');
    expect(presentClass(classRow({ title: null, label: null }))).toMatchObject({
      name: null,
      description: null,
    });
  });

  it('is in the school of its people, which is another one for another identity space or application', () => {
    const school = presentClass(classRow()).school_id;
    expect(presentPerson(personRow()).school_ids).toEqual([school]);
    expect(presentClass(classRow({ identitySpace: 'other' })).school_id).not.toBe(school);
    expect(presentClass(classRow({ applicationId: 'other' })).school_id).not.toBe(school);
    expect(presentPerson(personRow()).district_id).not.toBe(school);
  });
});
