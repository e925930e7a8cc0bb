/**
 * Which deployment a message comes from, and whether it may. Most LMSs tell a deployment's id only with its first
 * launch (LTI Core 1.3 section 3.1.3), so by default it is learnt from there; its identity space is fixed then, for good.
 */
import { BridgeError } from '../../lib/errors.js';
import type { Deployment, DeploymentState } from '../../store/deployments.js';
import { identitySpace } from '../../store/identity.js';
import type { DeploymentPolicy } from '../../store/platforms.js';
import type { LaunchMessage } from './message.js';

export type KnownDeployment = Deployment & { identitySpace: string };

export interface DeploymentNeeds {
  deployments: {
    findByDeploymentId(platformId: string, deploymentId: string): Promise<Deployment | undefined>;
    learn(platformId: string, deploymentId: string, state: DeploymentState): Promise<Deployment>;
    fixIdentitySpace(deployment: Deployment, identitySpace: string): Promise<KnownDeployment>;
  };
}

const learntAs: Record<DeploymentPolicy, DeploymentState | undefined> = {
  auto: 'active',
  approve: 'pending',
  closed: undefined,
};

/** @throws BridgeError `launch_deployment_unknown`, `launch_deployment_pending` */
export async function admitDeployment(
  needs: DeploymentNeeds,
  message: LaunchMessage,
): Promise<KnownDeployment> {
  const { platform, deploymentId } = message;
  const deployment =
    (await needs.deployments.findByDeploymentId(platform.id, deploymentId)) ?? (await learn(needs, message));
  if (deployment.state === 'pending') {
    throw new BridgeError('launch_deployment_pending', {
      detail: `deployment ${deployment.id} waits for approval`,
    });
  }
  if (deployment.state === 'suspended') {
    throw new BridgeError('launch_deployment_unknown', {
      detail: `deployment ${deployment.id} is suspended`,
    });
  }
  if (deployment.identitySpace !== null) return deployment as KnownDeployment;
  const space = identitySpace(platform, deployment, message.details.platformGuid ?? undefined);
  return needs.deployments.fixIdentitySpace(deployment, space);
}

async function learn(needs: DeploymentNeeds, { platform, deploymentId }: LaunchMessage): Promise<Deployment> {
  const state = learntAs[platform.deploymentPolicy];
  if (!state)
    throw new BridgeError('launch_deployment_unknown', { detail: 'this platform takes no new deployments' });
  return needs.deployments.learn(platform.id, deploymentId, state);
}
