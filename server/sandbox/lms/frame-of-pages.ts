/** What every page of the sandbox LMS has around it: who is there, and which application links open in. */
import type { Context } from 'koa';
import type { Pages } from '../../http/pages.js';
import { chosenTool } from './activities.js';
import type { SchoolPerson } from './school.js';
import type { Schools, School } from './schools.js';
import type { Tools } from './tools.js';

export interface FramedPageNeeds {
  pages: Pages;
  schools: Schools;
  tools: Tools;
  now: () => number;
}

export interface FramedPage {
  school: School;
  /** Answers with a page; `values.person` is whoever is signed in. */
  render(view: string, values: { person?: SchoolPerson } & Record<string, unknown>): Promise<void>;
}

export function framedPage(needs: FramedPageNeeds, ctx: Context): FramedPage {
  const school = needs.schools.of(ctx);
  return {
    school,
    async render(view, values) {
      const [tools, tool] = await Promise.all([needs.tools.list(), chosenTool(needs.tools, school)]);
      needs.pages.render(ctx, view, { tools, tool, path: ctx.path, now: needs.now(), ...values });
    },
  };
}
