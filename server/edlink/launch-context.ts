/**
 * The `context` of a launch, version 2: what a code exchange answers with beside the tokens. All keys are always there,
 * null where they do not apply. `lti` is an extension of ours for applications that want to look closer.
 */
import type { LaunchWithRows } from '../store/launches.js';
import { presentAssignment } from './coursework.js';
import { presentClass } from './roster.js';

export interface ContextOptions {
  /** The origin an application's page posts its selection to. */
  messageOrigin: string;
}

export function presentContext(launch: LaunchWithRows, { messageOrigin }: ContextOptions) {
  return {
    version: 2,
    intent: launch.intent,
    custom: launch.details.custom,
    class: launch.class && presentClass(launch.class),
    assignment: launch.assignment && presentAssignment(launch.assignment),
    payload: launch.selectionPayload === null ? null : (JSON.parse(launch.selectionPayload) as unknown),
    lti: presentLti(launch, messageOrigin),
  };
}

function presentLti(launch: LaunchWithRows, messageOrigin: string) {
  const { details, platform } = launch;
  return {
    launch_id: launch.id,
    message_type: launch.messageType,
    platform: {
      id: platform.id,
      name: details.platformName ?? platform.name,
      issuer: platform.issuer,
      product: details.platformProduct ?? platform.product,
      guid: details.platformGuid,
    },
    deployment_id: launch.ltiDeploymentId,
    roles: details.roles,
    context: details.context,
    resource_link: details.resourceLink,
    target_link_uri: details.targetLinkUri,
    presentation: details.presentation && {
      locale: details.presentation.locale,
      document_target: details.presentation.documentTarget,
      return_url: details.presentation.returnUrl,
    },
    for_user: details.forUser,
    deep_linking: presentDeepLinking(details.deepLinking, messageOrigin),
    services: {
      grades: {
        available: details.grades !== null,
        scopes: details.grades?.scopes ?? [],
        line_item: details.grades?.lineItem ?? null,
      },
      roster: { available: details.roster !== null },
      service_key: null,
    },
  };
}

/** Not the return URL and not `data`: those are the bridge's, which answers in the application's name. */
function presentDeepLinking(settings: LaunchWithRows['details']['deepLinking'], messageOrigin: string) {
  return (
    settings && {
      accept_types: settings.acceptTypes,
      accept_multiple: settings.acceptMultiple,
      accept_media_types: settings.acceptMediaTypes,
      accept_presentation_document_targets: settings.acceptPresentationDocumentTargets,
      accept_lineitem: settings.acceptLineItem,
      auto_create: settings.autoCreate,
      title: settings.title,
      text: settings.text,
      message_origin: messageOrigin,
    }
  );
}
