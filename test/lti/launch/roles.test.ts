/** One role for a person in a class, out of whatever list a platform sends (LTI Core 1.3 appendix A.2). */
import { describe, expect, it } from '@jest/globals';
import { roleInClass, type Role } from '../../../server/lti/launch/roles.js';

const base = 'http://purl.imsglobal.org/vocab/lis/v2/';
const membership = (name: string) => `${base}membership#${name}`;
const subRole = (name: string) => `${base}membership/${name}`;
const institution = (name: string) => `${base}institution/person#${name}`;
const system = (name: string) => `${base}system/person#${name}`;

describe('the role in the class', () => {
  it.each<[string, Role, string[]]>([
    // Context roles, in full and in short
    ...(
      [
        ['Learner', 'student'],
        ['Instructor', 'teacher'],
        ['ContentDeveloper', 'designer'],
        ['Administrator', 'administrator'],
        ['Mentor', 'observer'],
        ['TeachingAssistant', 'ta'],
        ['Member', 'member'],
        ['Manager', 'member'],
        ['Officer', 'member'],
      ] as const
    ).flatMap(([name, role]): [string, Role, string[]][] => [
      [name, role, [membership(name)]],
      [`${name}, in short`, role, [name]],
    ]),

    // Sub-roles
    ['a primary instructor', 'teacher', [subRole('Instructor#PrimaryInstructor')]],
    ['a guest instructor', 'teacher', [subRole('Instructor#GuestInstructor')]],
    ['a grader', 'teacher', [subRole('Instructor#Grader')]],
    ['a teaching assistant', 'ta', [subRole('Instructor#TeachingAssistant')]],
    ['a teaching assistant of a section', 'ta', [subRole('Instructor#TeachingAssistantSection')]],
    ['a teaching assistant of an offering', 'ta', [subRole('Instructor#TeachingAssistantOffering')]],
    ['a guest learner', 'student', [subRole('Learner#GuestLearner')]],
    ['a developer of the library', 'designer', [subRole('ContentDeveloper#Librarian')]],
    ['an administrator of support', 'administrator', [subRole('Administrator#Support')]],
    ['an advisor', 'observer', [subRole('Mentor#Advisor')]],
    ["Sakai's malformed teaching assistant", 'ta', [membership('Instructor#TeachingAssistant')]],

    // Several at once
    [
      'an instructor who is a teaching assistant',
      'ta',
      [membership('Instructor'), subRole('Instructor#TeachingAssistant')],
    ],
    [
      'the same the other way round',
      'ta',
      [subRole('Instructor#TeachingAssistant'), membership('Instructor')],
    ],
    ['an instructor who learns too', 'teacher', [membership('Learner'), membership('Instructor')]],
    ['a learner who mentors', 'student', [membership('Mentor'), membership('Learner')]],
    ['an administrator who teaches', 'teacher', [membership('Administrator'), membership('Instructor')]],
    [
      "Sakai's mixture of long and short",
      'teacher',
      [membership('Instructor'), 'Instructor', 'Administrator'],
    ],
    [
      'a learner in the class who works for the school',
      'student',
      [institution('Administrator'), system('SysAdmin'), membership('Learner')],
    ],
    ["Blackboard's mixture", 'teacher', [system('User'), institution('Faculty'), membership('Instructor')]],

    // Roles outside the class
    ["the school's administrator", 'administrator', [institution('Administrator')]],
    ["the system's administrator", 'administrator', [system('Administrator')]],
    ["the system's other administrator", 'administrator', [system('SysAdmin')]],
    ["Moodle's administrator", 'administrator', [`${base}person#Administrator`]],
    ['a student of the school', 'member', [institution('Student')]],
    ['an instructor of the school', 'member', [institution('Instructor')]],
    ['a user of the system', 'member', [system('User')]],
    ['nobody of the system', 'member', [system('None')]],

    // What says nothing
    ['nothing', 'member', []],
    ['an empty text', 'member', ['']],
    ['an unknown role', 'member', [`${base}unknown/unknown#Helper`]],
    ['an unknown context role', 'member', [membership('Helper')]],
    ['an unknown sub-role of an instructor', 'teacher', [subRole('Instructor#Helper')]],
    ['an unknown short role', 'member', ['Helper']],
    ['a short role in other letters', 'member', ['instructor']],
    ['a short role with a space', 'member', ['Instructor ']],
    ["another vocabulary's instructor", 'member', ['https://evil.example/membership#Instructor']],
    ['an instructor further on', 'member', [`https://evil.example/?${membership('Instructor')}`]],
    [
      'an instructor of another version',
      'member',
      ['http://purl.imsglobal.org/vocab/lis/v3/membership#Instructor'],
    ],
    ['a test user', 'member', ['http://purl.imsglobal.org/vocab/lti/system/person#TestUser']],
    [
      'a test user who is a learner',
      'student',
      ['http://purl.imsglobal.org/vocab/lti/system/person#TestUser', membership('Learner')],
    ],
    ['names of JavaScript', 'member', ['__proto__', 'constructor', 'toString']],
  ])('of %s is %s', (_title, role, ltiRoles) => {
    expect(roleInClass(ltiRoles)).toBe(role);
  });
});
