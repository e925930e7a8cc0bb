/** How the sandbox LMS offers LTI platform storage (1EdTech lti-cs-pm and lti-pm-s): LMSs differ, and tools must cope. */
export interface StorageMode {
  name: 'parent' | 'frame' | 'silent' | 'absent';
  title: string;
  explains: string;
  /** The lti_storage_target of the login. */
  target: string | undefined;
}

/** The name of the frame that keeps values when the LMS's own page does not; Blackboard's is called so too. */
export const storageFrameName = 'lti_storage_frame';

export const storageModes: [StorageMode, ...StorageMode[]] = [
  {
    name: 'parent',
    title: 'The course page answers',
    explains: 'lti_storage_target is _parent, as Canvas and Sakai have it.',
    target: '_parent',
  },
  {
    name: 'frame',
    title: 'A frame of its own answers',
    explains: `lti_storage_target names the hidden frame ${storageFrameName}, as in Blackboard.`,
    target: storageFrameName,
  },
  {
    name: 'silent',
    title: 'Advertised, but never answers',
    explains: 'As in the mobile apps of some LMSs.',
    target: '_parent',
  },
  {
    name: 'absent',
    title: 'None',
    explains: 'As in Moodle: no lti_storage_target, and nobody answers.',
    target: undefined,
  },
];

export function readStorageMode(name: unknown): StorageMode {
  return storageModes.find((mode) => mode.name === name) ?? storageModes[0];
}
