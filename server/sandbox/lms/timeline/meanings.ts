/** What each parameter of a launch is for, in a line. */

/** Third-party-initiated login (1EdTech Security Framework 1.0 section 5.1.1.1). */
export const loginMeanings: Record<string, string> = {
  iss: 'Who the LMS is.',
  login_hint: 'Whom the LMS means. To be sent back as it is.',
  target_link_uri: 'Where the person wants to end. Not to be trusted before it comes signed.',
  lti_message_hint: 'Which message the LMS holds ready. To be sent back as it is; good once.',
  client_id: 'What the LMS calls the bridge.',
  lti_deployment_id: 'The place in the LMS that the tool is used in.',
  lti_storage_target: 'The frame that keeps values for tools whose cookies are blocked.',
};

/** Authentication request (section 5.1.1.2). */
export const requestMeanings: Record<string, string> = {
  scope: 'OpenID Connect, nothing else.',
  response_type: 'The answer is a signed message.',
  response_mode: 'It comes as a form that the browser posts: too long for an address, and kept out of logs.',
  prompt: 'The person is signed in at the LMS already, so nobody is asked anything.',
  client_id: 'What the LMS calls the bridge.',
  redirect_uri: 'Where the form goes. The LMS takes only the one that was registered.',
  login_hint: 'Sent back as it came.',
  lti_message_hint: 'Sent back as it came.',
  state: 'Sealed by the bridge: which login this is, so that nothing has to be stored.',
  nonce: 'To stand in the signed message, which makes it good for this login and only once.',
};
