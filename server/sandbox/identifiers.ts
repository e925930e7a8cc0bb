/** The ids under which the bridge knows its sandbox: fixed, so that every process and every start means the same rows. */
export const sandboxApplicationId = '6c8f4f3e-2d0a-4a57-9b1c-5e0d7a41f001';
export const sandboxPlatformId = '6c8f4f3e-2d0a-4a57-9b1c-5e0d7a41f002';
export const sandboxKeyId = '6c8f4f3e-2d0a-4a57-9b1c-5e0d7a41f003';

/** What the sandbox LMS calls the bridge, the place it is used in, and itself. */
export const sandboxClientId = 'sandbox-tool';
export const sandboxDeploymentId = 'sandbox-deployment-1';
export const sandboxGuid = 'sandbox.lti-bridge.example';
