/** The context of a launch, version 2: all keys always, and nothing that is the bridge's own business. */
import { describe, expect, it } from '@jest/globals';
import { presentContext } from '../../server/edlink/launch-context.js';
import { assignmentRow, classRow, launchRow } from './rows.js';

const options = { messageOrigin: 'https://bridge.example' };

describe('a context', () => {
  it('of a launch that tells nothing has every key, null where it does not apply', () => {
    expect(presentContext(launchRow(), options)).toEqual({
      version: 2,
      intent: 'login',
      custom: {},
      class: null,
      assignment: null,
      payload: null,
      lti: {
        launch_id: '55555555-5555-4555-8555-555555555555',
        message_type: 'LtiResourceLinkRequest',
        platform: {
          id: '66666666-6666-4666-8666-666666666666',
          name: "The operator's name",
          issuer: 'https://lms.example',
          product: 'canvas',
          guid: null,
        },
        deployment_id: 'deployment-1',
        roles: [],
        context: null,
        resource_link: null,
        target_link_uri: null,
        presentation: null,
        for_user: null,
        deep_linking: null,
        services: {
          grades: { available: false, scopes: [], line_item: null },
          roster: { available: false },
          service_key: null,
        },
      },
    });
  });

  it('of a launch that tells everything says it in the same places', () => {
    const launch = launchRow(
      {
        intent: 'assignment',
        class: classRow(),
        assignment: assignmentRow(),
        selectionPayload: '{"type":"lti","title":"T","custom":{"n":1},"due_date":"2024-09-01T07:00:00.0000Z"}',
      },
      {
        roles: ['urn:role'],
        custom: { quiz: 'q1' },
        context: { id: 'course-1', type: ['CourseSection'], label: 'L', title: 'T' },
        resourceLink: { id: 'link-1', title: 'R', description: null },
        targetLinkUri: 'https://bridge.example/lti/launch',
        presentation: { locale: 'de', documentTarget: 'iframe', returnUrl: 'https://lms.example/back' },
        forUser: { user_id: 'user-7' },
        platformGuid: 'guid-1',
        platformName: 'Example School',
        platformProduct: 'moodle',
        grades: { scopes: ['score'], lineItems: 'https://lms.example/items', lineItem: 'https://lms.example/1' },
        roster: { membershipsUrl: 'https://lms.example/members', serviceVersions: ['2.0'] },
      },
    );
    const context = presentContext(launch, options);
    expect(context).toMatchObject({
      intent: 'assignment',
      custom: { quiz: 'q1' },
      class: { id: '33333333-3333-5333-8333-333333333333', name: 'Math 101' },
      assignment: { id: '44444444-4444-5444-8444-444444444444', title: 'Fractions' },
      payload: { type: 'lti', title: 'T', custom: { n: 1 }, due_date: '2024-09-01T07:00:00.0000Z' },
      lti: {
        platform: { name: 'Example School', product: 'moodle', guid: 'guid-1' },
        roles: ['urn:role'],
        context: { id: 'course-1', type: ['CourseSection'], label: 'L', title: 'T' },
        resource_link: { id: 'link-1', title: 'R', description: null },
        target_link_uri: 'https://bridge.example/lti/launch',
        presentation: { locale: 'de', document_target: 'iframe', return_url: 'https://lms.example/back' },
        for_user: { user_id: 'user-7' },
        services: {
          grades: { available: true, scopes: ['score'], line_item: 'https://lms.example/1' },
          roster: { available: true },
          service_key: null,
        },
      },
    });
    // Addresses that only the bridge calls.
    expect(JSON.stringify(context)).not.toMatch(/members|items/);
  });

  it('of a selection launch says what may be selected and where to post it, and keeps the return address', () => {
    const launch = launchRow(
      { intent: 'select', messageType: 'LtiDeepLinkingRequest' },
      {
        deepLinking: {
          returnUrl: 'https://lms.example/secret-return',
          acceptTypes: ['ltiResourceLink'],
          acceptMediaTypes: null,
          acceptPresentationDocumentTargets: ['iframe'],
          acceptMultiple: false,
          acceptLineItem: null,
          autoCreate: null,
          title: 'T',
          text: null,
          data: 'opaque-data',
        },
      },
    );
    const context = presentContext(launch, options);
    expect(context.lti.deep_linking).toEqual({
      accept_types: ['ltiResourceLink'],
      accept_multiple: false,
      accept_media_types: null,
      accept_presentation_document_targets: ['iframe'],
      accept_lineitem: null,
      auto_create: null,
      title: 'T',
      text: null,
      message_origin: 'https://bridge.example',
    });
    expect(JSON.stringify(context)).not.toMatch(/secret-return|opaque-data/);
  });
});
