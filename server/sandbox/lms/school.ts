/** The sandbox's school as every visitor finds it: who is in it, what is taught, what is in the courses. All invented. */
import type { Course, CourseLink } from './course.js';
import type { SimulatedPerson } from './message.js';

export interface SchoolPerson extends SimulatedPerson {
  /** In addresses of pages. */
  slug: string;
  name: string;
  givenName: string;
  teaches: boolean;
}

export const people: SchoolPerson[] = [
  person('ada', 'Ada', true),
  person('ben', 'Ben', false),
  person('cleo', 'Cleo', false),
  person('dana', 'Dana', false),
];

export const courses: Course[] = [
  {
    slug: 'biology',
    id: 'course-1',
    label: 'BIO-1',
    title: 'Biology: the living cell',
    description: 'From the first microscope to the machinery inside every cell.',
    items: [
      graded(
        'cell-quiz',
        'link-1',
        'Quiz: parts of a cell',
        'Ten questions about what is inside a cell.',
        10,
        {
          quiz: 'cell-parts',
          attempts: '2',
        },
      ),
      ungraded('membranes', 'link-2', 'Reading: how membranes work', 'A chapter with drawings to explore.', {
        chapter: '3',
      }),
      courseLevel('biology-home', 'link-3', 'Our lab notebook', 'The notebook that the whole class shares.'),
    ],
  },
  {
    slug: 'history',
    id: 'course-2',
    label: 'HIS-2',
    title: 'World history: trade and travel',
    description: 'How goods, people and ideas went round the world before there were engines.',
    items: [
      graded(
        'silk-road-essay',
        'link-4',
        'Essay: along the Silk Road',
        'A page about one town on the way.',
        20,
        {
          prompt: 'silk-road',
        },
      ),
      ungraded('map', 'link-5', 'Map: winds and sea routes', 'An interactive map of the great routes.', {
        map: 'trade-winds',
      }),
      courseLevel('history-home', 'link-6', 'Discussion room', 'Where the class talks about the week.'),
    ],
  },
];

export function findPerson(slug: string | undefined): SchoolPerson | undefined {
  return people.find((known) => known.slug === slug);
}

function person(slug: string, givenName: string, teaches: boolean): SchoolPerson {
  return {
    slug,
    id: `person-${slug}`,
    name: `${givenName} Sample`,
    givenName,
    familyName: 'Sample',
    email: `${slug}@school.example`,
    sourcedId: `school-${slug}`,
    teaches,
  };
}

function graded(
  slug: string,
  id: string,
  title: string,
  description: string,
  points: number,
  custom: Record<string, string>,
): CourseLink {
  const shows = 'An assignment: it has a line item in the gradebook and custom parameters.';
  return { kind: 'link', slug, id, title, description, shows, custom, points };
}

function ungraded(
  slug: string,
  id: string,
  title: string,
  description: string,
  custom: Record<string, string>,
): CourseLink {
  const shows = 'A resource link: custom parameters, but no grade.';
  return { kind: 'link', slug, id, title, description, shows, custom };
}

function courseLevel(slug: string, id: string, title: string, description: string): CourseLink {
  const shows = 'A link to the whole course: no custom parameters and no grade.';
  return { kind: 'link', slug, id, title, description, shows };
}
