/** The sandbox LMS as a site of its own: a small school where every launch into the bridge can be tried. */
import Router from '@koa/router';
import type { Middleware } from 'koa';
import type { Site } from '../../http/hosts.js';
import { lmsHeaders, noStore } from '../headers.js';
import { coursePages, type CoursePageNeeds } from './course-pages.js';
import { launchDoors, type LaunchDoorNeeds } from './launch-doors.js';

export function lmsSite(needs: CoursePageNeeds & LaunchDoorNeeds): Site {
  const router = new Router();
  coursePages(router, needs);
  launchDoors(router, needs);
  return {
    origin: needs.addresses.lmsUrl,
    middleware: [lmsHeaders(), noStore, router.routes() as Middleware, router.allowedMethods() as Middleware],
  };
}
