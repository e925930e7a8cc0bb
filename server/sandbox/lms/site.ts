/** The sandbox LMS as a site of its own: a small school where every launch into the bridge can be tried. */
import Router from '@koa/router';
import type { Middleware } from 'koa';
import type { Site } from '../../http/hosts.js';
import { inEnglish, lmsHeaders, noStore } from '../headers.js';
import { applicationPages, type ApplicationPageNeeds } from './application-pages.js';
import { coursePages, type CoursePageNeeds } from './course-pages.js';
import { launchDoors, type LaunchDoorNeeds } from './launch-doors.js';
import { returnDoors, type ReturnDoorNeeds } from './return-doors.js';
import { runPages, type RunPageNeeds } from './run-pages.js';

export type LmsNeeds = CoursePageNeeds &
  RunPageNeeds &
  ApplicationPageNeeds &
  LaunchDoorNeeds &
  ReturnDoorNeeds;

export function lmsSite(needs: LmsNeeds): Site {
  const router = new Router();
  coursePages(router, needs);
  runPages(router, needs);
  applicationPages(router, needs);
  launchDoors(router, needs);
  returnDoors(router, needs);
  return {
    origin: needs.lmsUrl,
    middleware: [
      lmsHeaders(needs.publicUrl),
      noStore,
      inEnglish,
      router.routes() as Middleware,
      router.allowedMethods() as Middleware,
    ],
  };
}
