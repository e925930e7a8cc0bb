/** The sandbox beside a tool whose answers are the test's own, and a teacher who asks it for content. */
import { sandboxDeploymentId } from '../../../server/sandbox/identifiers.js';
import { claim } from '../../../server/sandbox/lms/vocabulary.js';
import type { SandboxNeeds } from '../../../server/sandbox/index.js';
import { serveSandbox, type Answer } from './sites.js';
import { answerClaims, signAnswer, startTool } from './tool.js';
import type { Visitor } from './visitor.js';

export async function startSandboxWithTool(changes: Partial<SandboxNeeds> = {}) {
  const tool = await startTool();
  const site = await serveSandbox({ publicUrl: tool.url, ...changes });
  await site.sandbox.prepare();

  /** Lets the teacher ask, and the tool answer with these items. */
  async function place(
    visitor: Visitor,
    items: unknown[],
    options: { course?: string; claims?: Record<string, unknown>; run?: string } = {},
  ): Promise<Answer> {
    const path = `/people/ada/courses/${options.course ?? 'biology'}/open/add-content/launch?run=${options.run ?? ''}`;
    const { claims } = await visitor.launch(path, tool.url);
    const settings = claims[claim.deepLinkingSettings];
    const asked = {
      issuer: site.lmsUrl,
      clientId: String(claims.aud),
      deploymentId: sandboxDeploymentId,
      data: settings.data,
    };
    const JWT = await signAnswer(tool.key, { ...answerClaims(asked, items), ...options.claims });
    // From the bridge's page: no cookie of the LMS comes along.
    return site.ask(settings.deep_link_return_url, { form: { JWT } });
  }

  return {
    tool,
    site,
    place,
    async close() {
      await site.close();
      await tool.close();
    },
  };
}

/** The addresses of what a course page offers to open, the last one last. */
export function openPaths(page: string): string[] {
  return [...page.matchAll(/href="([^"]+\/open\/[^"/]+)"/g)]
    .map(([, path]) => path!)
    .filter((path) => !path.endsWith('/add-content'));
}
