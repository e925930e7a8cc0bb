/** /admin/api/launches: what came in lately, accepted or refused; a refused one is found by the reference on its page. */
import type { Context } from 'koa';
import { z } from 'zod';
import type { Launch, LaunchStore } from '../store/launches.js';
import type { RefusedLaunch, RefusedLaunchStore } from '../store/refused-launches.js';
import { found, pageQuery, readId, readInput } from './input.js';

export interface LaunchActionNeeds {
  launches: LaunchStore;
  refusedLaunches: RefusedLaunchStore;
}

const listing = z.strictObject({
  limit: pageQuery.limit,
  state: z.enum(['accepted', 'refused']).default('accepted'),
  platform_id: z.uuid().optional(),
  /** As a person reads it out: letter case and the dash do not matter. */
  reference: z.string().max(20).transform(asReference).optional(),
  before: z.iso.datetime().optional(),
});

export function launchActions({ launches, refusedLaunches }: LaunchActionNeeds) {
  return {
    async list(ctx: Context): Promise<void> {
      const { state, limit, platform_id, reference, before } = readInput(listing, ctx.query);
      const page = {
        limit,
        platformId: platform_id,
        before: before === undefined ? undefined : Date.parse(before),
      };
      const items =
        state === 'refused' || reference !== undefined
          ? (await refusedLaunches.list({ ...page, reference })).map(presentRefused)
          : (await launches.list(page)).map(presentLaunch);
      ctx.body = { items, next: items.length === limit ? items.at(-1)!.created_at : null };
    },

    async read(ctx: Context): Promise<void> {
      ctx.body = presentLaunch(found(await launches.find(readId(ctx))));
    },
  };
}

function asReference(text: string): string {
  const letters = text.toUpperCase().replace(/[^0-9A-Z]/g, '');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

/** Ids and facts of the launch, no name of anybody. */
function presentLaunch(launch: Launch) {
  return {
    id: launch.id,
    state: 'accepted',
    application_id: launch.applicationId,
    platform_id: launch.platformId,
    deployment_id: launch.deploymentId,
    person_id: launch.personId,
    class_id: launch.classId,
    assignment_id: launch.assignmentId,
    message_type: launch.messageType,
    intent: launch.intent,
    roles: launch.details.roles,
    target_link_uri: launch.details.targetLinkUri,
    grant_used_at: launch.grantUsedAt === null ? null : new Date(launch.grantUsedAt).toISOString(),
    grant_revoked_at: launch.grantRevokedAt === null ? null : new Date(launch.grantRevokedAt).toISOString(),
    created_at: new Date(launch.createdAt).toISOString(),
  };
}

function presentRefused(refused: RefusedLaunch) {
  return {
    id: refused.id,
    state: 'refused',
    reference: refused.reference,
    platform_id: refused.platformId,
    code: refused.code,
    detail: refused.detail,
    created_at: new Date(refused.createdAt).toISOString(),
  };
}
