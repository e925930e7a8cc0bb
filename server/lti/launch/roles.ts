/**
 * One role for a person in a class, in the words applications know, out of the list a platform sends (LTI Core 1.3
 * appendix A.2). Platforms mix families, short names and deprecated forms, and may name several roles at once.
 */
import { roleFamily } from '../vocabulary.js';

export type Role = 'teacher' | 'ta' | 'designer' | 'administrator' | 'observer' | 'student' | 'member';

/** The first that applies wins: an assistant is usually sent as an instructor too. */
const precedence: [role: Role, names: string[]][] = [
  ['ta', ['TeachingAssistant']],
  ['teacher', ['Instructor']],
  ['designer', ['ContentDeveloper']],
  ['administrator', ['Administrator']],
  ['student', ['Learner']],
  ['observer', ['Mentor']],
];

/** Roles in the class come first; only where there is none do roles in the institution count, and of those only one. */
export function roleInClass(ltiRoles: string[]): Role {
  const inClass = new Set(ltiRoles.map(contextRole));
  for (const [role, names] of precedence) {
    if (names.some((name) => inClass.has(name))) return role;
  }
  return ltiRoles.some(isInstitutionAdministrator) ? 'administrator' : 'member';
}

/** The name of a context role: of the URI, the short form, a sub-role, or Sakai's malformed `…#Instructor#TeachingAssistant`. */
function contextRole(role: string): string | undefined {
  if (!role.includes(':')) return role;
  if (role.startsWith(roleFamily.context)) return role.slice(roleFamily.context.length).split('#').at(-1);
  if (!role.startsWith(roleFamily.contextSubRole)) return undefined;
  const [family, subRole] = role.slice(roleFamily.contextSubRole.length).split('#');
  return family === 'Instructor' && subRole?.startsWith('TeachingAssistant') ? 'TeachingAssistant' : family;
}

function isInstitutionAdministrator(role: string): boolean {
  const families = [roleFamily.institution, roleFamily.system, roleFamily.deprecatedSystem];
  return families.some((family) => role === `${family}Administrator` || role === `${family}SysAdmin`);
}
