/**
 * The page that a selection launch ends on: it frames the application at the address a launch would go to, and listens
 * for what the teacher picks (public/listener.js). Exact origins only, and its own frame only.
 */
import type { Context } from 'koa';
import type { Pages } from '../../http/pages.js';
import { allowScripts } from '../../http/security-headers.js';
import { messageOriginsOf, type ApplicationStore } from '../../store/applications.js';
import { maxMessageBytes } from './answer.js';

export interface ListenerNeeds {
  development: boolean;
  pages: Pages;
  applications: Pick<ApplicationStore, 'findForOAuth'>;
}

/** @param destination where the application takes over, with its code */
export async function showListener(
  needs: ListenerNeeds,
  ctx: Context,
  launch: { id: string; applicationId: string },
  destination: string,
  token: string,
): Promise<void> {
  const application = await needs.applications.findForOAuth(launch.applicationId);
  // The framed application may pass through sign-in hosts of its own, so any https page may be in the frame; who is
  // listened to is decided message by message.
  allowScripts(ctx, { frames: needs.development ? 'https: http:' : 'https:' });
  needs.pages.render(ctx, 'listener', {
    destination,
    title: application?.name ?? '',
    address: `/lti/deep-link/${launch.id}`,
    token,
    origins: JSON.stringify(application ? messageOriginsOf(application) : []),
    maxBytes: maxMessageBytes,
  });
}
