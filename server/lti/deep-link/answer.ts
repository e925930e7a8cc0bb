/**
 * POST /lti/deep-link/:launch_id: our own page hands over what the application selected, and gets the signed response
 * that it posts to the LMS. Read top to bottom: session → message → accepted? → content items → signature → spent.
 */
import { randomUUID } from 'node:crypto';
import type { Context } from 'koa';
import { z } from 'zod';
import { requestState } from '../../http/request-state.js';
import { sha256 } from '../../lib/crypto.js';
import { BridgeError } from '../../lib/errors.js';
import type { Logger } from '../../lib/logger.js';
import { isUuid } from '../../lib/uuid.js';
import type { DeepLinkingSession, DeepLinkingStore, NewSelection } from '../../store/deep-linking.js';
import { checkAcceptance } from './acceptance.js';
import { foreignContentItem, linkContentItem, type ContentItem } from './content-item.js';
import { signResponse, type ResponseNeeds } from './response.js';
import { readSelection, type SelectedItem } from './selection-message.js';
import { openSession, repeatAnswer, type Answer, type SessionNeeds } from './session.js';

export interface AnswerNeeds extends SessionNeeds, ResponseNeeds {
  publicUrl: string;
  development: boolean;
  deepLinking: Pick<DeepLinkingStore, 'find' | 'spend'>;
  logger: Logger;
}

/** A message of an application, in bytes of JSON. */
export const maxMessageBytes = 256 * 1024;

const answerRequest = z.object({ token: z.string().max(64), message: z.unknown() });

export function answerSelection(needs: AnswerNeeds) {
  return async function answerSelection(ctx: Context): Promise<void> {
    assertOwnPage(needs, ctx);
    const { token, message } = readRequest(ctx);
    const text = JSON.stringify(message) ?? '';
    if (Buffer.byteLength(text) > maxMessageBytes) throw new BridgeError('dl_payload_too_large');

    const session = await openSession(needs, launchIdOf(ctx), token);
    ctx.set('Cache-Control', 'no-store');
    ctx.body =
      session.spentAt === null
        ? await answer(needs, ctx, session, message, text)
        : repeatAnswer(needs, session, sha256(text));
  };
}

async function answer(
  needs: AnswerNeeds,
  ctx: Context,
  session: DeepLinkingSession,
  message: unknown,
  text: string,
): Promise<Answer> {
  const { items } = readSelection(message, needs);
  checkAcceptance(items, session.settings);
  const { contentItems, selections } = contentOf(needs, session, items);
  const jwt = await signResponse(needs, session, session.settings, contentItems);
  const given: Answer = { return_url: session.settings.returnUrl, jwt };

  const spent = await needs.deepLinking.spend(
    session,
    { messageHash: sha256(text), response: JSON.stringify(given) },
    selections,
  );
  // Somebody was faster, perhaps with the very same message.
  if (!spent) return repeatAnswer(needs, (await needs.deepLinking.find(session.launchId))!, sha256(text));
  needs.logger.info('selection answered', {
    request_id: requestState(ctx).id,
    launch_id: session.launchId,
    application_id: session.applicationId,
    count: contentItems.length,
  });
  return given;
}

function contentOf({ publicUrl }: AnswerNeeds, session: DeepLinkingSession, items: SelectedItem[]) {
  const contentItems: ContentItem[] = [];
  const selections: NewSelection[] = [];
  for (const item of items) {
    if (item.kind === 'foreign') {
      contentItems.push(foreignContentItem(item));
      continue;
    }
    const id = randomUUID();
    const contentItem = linkContentItem(item, {
      selectionId: id,
      launchUrl: `${publicUrl}/lti/launch`,
      fallbackTitle: session.settings.title ?? session.applicationName,
      acceptLineItem: session.settings.acceptLineItem !== false,
    });
    contentItems.push(contentItem);
    selections.push({ id, payload: JSON.stringify(item.payload), contentItem: JSON.stringify(contentItem) });
  }
  return { contentItems, selections };
}

function launchIdOf(ctx: Context): string {
  const { launch_id } = ctx.params as { launch_id: string };
  if (!isUuid(launch_id)) throw new BridgeError('dl_session_unknown');
  return launch_id;
}

function readRequest(ctx: Context): z.infer<typeof answerRequest> {
  const parsed = answerRequest.safeParse(ctx.request.body);
  if (!parsed.success) throw new BridgeError('dl_session_unknown', { detail: 'no token came' });
  return parsed.data;
}

/** Only our own page may ask: a token that leaked is of no use on another site. */
function assertOwnPage({ publicUrl }: AnswerNeeds, ctx: Context): void {
  const site = ctx.get('Sec-Fetch-Site');
  if (ctx.get('Origin') !== publicUrl || (site !== '' && site !== 'same-origin')) {
    throw new BridgeError('dl_origin_not_allowed', { detail: 'the request does not come from our own page' });
  }
}
