/**
 * oidc-provider's storage, over our rows. What it asks for is answered from three places: applications (Client), launches
 * (Grant: a launch's row is its grant) and oauth_artifacts (codes and tokens). Everything else it could want to keep
 * (sessions, interactions) does not exist here.
 *
 * Three promises are kept here and nowhere else, because the engine reads and then writes without looking again:
 * a code is consumed by one conditional update; a spent code that comes back ends its grant unless it is a mere reload;
 * and nothing is saved for a revoked grant.
 */
import { errors, type Adapter, type AdapterPayload } from 'oidc-provider';
import { BridgeError } from '../lib/errors.js';
import { isUuid } from '../lib/uuid.js';
import type { ApplicationStore } from '../store/applications.js';
import type { ClientAssertionStore } from '../store/client-assertions.js';
import type { LaunchStore } from '../store/launches.js';
import type { ArtifactKind, OAuthArtifactStore } from '../store/oauth-artifacts.js';
import { clientMetadata } from './client-metadata.js';
import {
  currentClientId,
  isPublicClient,
  loadLaunch,
  meanRedirectUri,
  provesChallenge,
} from './current-request.js';

export interface AdapterNeeds {
  applications: Pick<ApplicationStore, 'findForOAuth'>;
  launches: Pick<LaunchStore, 'findWithRows' | 'revokeGrant' | 'touchGrant'>;
  artifacts: Pick<OAuthArtifactStore, 'insert' | 'find' | 'consume' | 'delete'>;
  assertions: Pick<ClientAssertionStore, 'spend'>;
  now: () => number;
}

const artifactKinds: ArtifactKind[] = ['AuthorizationCode', 'AccessToken', 'RefreshToken'];

export function createAdapterFactory(needs: AdapterNeeds): (model: string) => Adapter {
  return (model) => {
    if (model === 'Client') return clientAdapter(needs);
    if (model === 'Grant') return grantAdapter(needs);
    if (model === 'ReplayDetection') return assertionAdapter(needs);
    const kind = artifactKinds.find((one) => one === model);
    return kind ? artifactAdapter(needs, kind) : unusedAdapter(model);
  };
}

function clientAdapter({ applications }: AdapterNeeds): Adapter {
  return {
    ...unusedAdapter('Client'),
    async find(id) {
      // Whatever else stands there as a client_id need not reach the database.
      const application = isUuid(id) ? await applications.findForOAuth(id) : undefined;
      return application && clientMetadata(application);
    },
  };
}

/** A grant is found, and revoked; it was made with its launch and is never written through here. */
function grantAdapter(needs: AdapterNeeds): Adapter {
  return {
    ...unusedAdapter('Grant'),
    async find(id) {
      const launch = await loadLaunch(needs.launches, id);
      if (!launch?.isConnected || launch.grantRevokedAt !== null) return undefined;
      return {
        kind: 'Grant',
        jti: launch.id,
        clientId: launch.applicationId,
        accountId: launch.personId,
        openid: { scope: launch.scope },
      };
    },
    destroy: (id) => needs.launches.revokeGrant(id),
  };
}

/** The application that reloads its redirect page sends its code again at once; that is no attack. */
const reloadMs = 60_000;
const rememberSpentMs = 86_400_000;
/** A refresh is worth a write only so often: grants are counted idle in days. */
const touchMs = 86_400_000;

function artifactAdapter({ artifacts, launches, now }: AdapterNeeds, kind: ArtifactKind): Adapter {
  return {
    ...unusedAdapter(kind),

    async upsert(id, payload) {
      const { jti: _jti, exp, grantId, ...rest } = payload as AdapterPayload & { grantId: string };
      // A confidential application's refresh token lives as long as its grant is used, which no date can tell beforehand.
      const expires = kind === 'RefreshToken' && !isPublicClient() ? undefined : exp;
      const purgeAt =
        expires === undefined ? null : expires * 1_000 + (kind === 'AuthorizationCode' ? rememberSpentMs : 0);
      const saved = await artifacts.insert(kind, id, grantId, { ...rest, exp: expires }, purgeAt);
      if (!saved) throw new errors.InvalidGrant('the grant was revoked');
    },

    async find(id) {
      const artifact = await artifacts.find(kind, id);
      if (!artifact) return undefined;
      const { grant, consumedAt } = artifact;
      const isOwner = currentClientId() === grant.applicationId;
      if (kind === 'AuthorizationCode' && consumedAt !== null) {
        const isProven = isOwner && (!isPublicClient() || provesChallenge(artifact.payload.codeChallenge));
        const isReload = isProven && now() - consumedAt <= reloadMs;
        if (!isReload) await launches.revokeGrant(grant.launchId);
        return undefined;
      }
      // A code that answers an application's own request has a challenge, and its redirect URI has to be repeated.
      if (kind === 'AuthorizationCode' && artifact.payload.codeChallenge === undefined)
        meanRedirectUri(String(artifact.payload.redirectUri));
      if (kind === 'RefreshToken' && isOwner && now() - grant.lastUsedAt > touchMs)
        await launches.touchGrant(grant.launchId);
      return {
        ...artifact.payload,
        jti: id,
        grantId: grant.launchId,
        consumed: consumedAt ?? undefined,
      } as AdapterPayload;
    },

    async consume(id) {
      // Of two who read it unspent, one gets here first; the engine does not look again.
      if (!(await artifacts.consume(kind, id))) throw new errors.InvalidGrant('already consumed');
    },

    destroy: (id) => artifacts.delete(kind, id),

    // Ending the grant ends everything made from it, so there is nothing to do for each kind.
    revokeByGrantId: async () => undefined,
  };
}

/** The engine looks whether an assertion was seen, then saves it; here the saving alone decides, so that one wins. */
function assertionAdapter({ assertions, now }: AdapterNeeds): Adapter {
  return {
    ...unusedAdapter('ReplayDetection'),
    async upsert(id, _payload, expiresIn) {
      const fresh = await assertions.spend(id, now() + (expiresIn ?? 300) * 1_000);
      if (!fresh) throw new errors.InvalidClientAuth('client assertions must only be used once');
    },
  };
}

/** What the engine could ask of kinds that this bridge does not have. A call of these would be a fault of ours. */
function unusedAdapter(model: string): Adapter {
  const unused = async () => {
    throw new BridgeError('internal_error', { detail: `${model} is not stored` });
  };
  return {
    upsert: unused,
    find: async () => undefined,
    findByUserCode: async () => undefined,
    findByUid: async () => undefined,
    consume: unused,
    destroy: unused,
    revokeByGrantId: async () => undefined,
  };
}
