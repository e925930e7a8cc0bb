/** /admin/api/deployments: where in an LMS a tool was deployed, and whether launches from there are let in. */
import type { Context } from 'koa';
import { z } from 'zod';
import type { Deployment, DeploymentState, DeploymentStore } from '../store/deployments.js';
import { found, pageQuery, presentPage, readId, readInput } from './input.js';

export interface DeploymentNeeds {
  deployments: DeploymentStore;
}

const listing = z.strictObject({ ...pageQuery, platform_id: z.uuid().optional() });

export function deploymentActions({ deployments }: DeploymentNeeds) {
  const setState = (state: DeploymentState) => async (ctx: Context) => {
    ctx.body = presentDeployment(found(await deployments.setState(readId(ctx), state)));
  };
  return {
    async list(ctx: Context): Promise<void> {
      const { platform_id, ...page } = readInput(listing, ctx.query);
      const items = await deployments.list({ ...page, platformId: platform_id });
      ctx.body = presentPage(items.map(presentDeployment), page.limit);
    },
    activate: setState('active'),
    suspend: setState('suspended'),
  };
}

function presentDeployment(deployment: Deployment) {
  return {
    id: deployment.id,
    platform_id: deployment.platformId,
    deployment_id: deployment.deploymentId,
    state: deployment.state,
    created_at: new Date(deployment.createdAt).toISOString(),
    updated_at: new Date(deployment.updatedAt).toISOString(),
  };
}
