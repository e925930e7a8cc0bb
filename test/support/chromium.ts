/** A real browser, as strict as browsers are becoming: third-party cookies blocked. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContext, type Frame, type Page } from 'playwright-core';

/** Site isolation and web security stay on: a browser without them proves nothing. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH;
  if (!executablePath) throw new Error('no Chromium for tests: run them by `npm test`, or set CHROMIUM_PATH');
  const libraries = process.env.CHROMIUM_LIBRARY_PATH;
  return chromium.launch({
    executablePath,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-sync',
      '--no-first-run',
      // A page whose answer a test has changed counts as one from the internet, which may not call this machine.
      '--disable-features=LocalNetworkAccessChecks',
    ],
    env: { ...(process.env as Record<string, string>), ...(libraries ? { LD_LIBRARY_PATH: libraries } : {}) },
  });
}

export async function blockThirdPartyCookies(context: BrowserContext, page: Page): Promise<void> {
  const session = await context.newCDPSession(page);
  // Without this first, the controls are accepted and do nothing.
  await session.send('Network.enable');
  await session.send('Network.setCookieControls', {
    enableThirdPartyCookieRestriction: true,
    disableThirdPartyCookieMetadata: true,
    disableThirdPartyCookieHeuristics: true,
  } as never);
}

/** The frame that shows an address of this origin, as soon as there is one with a heading. */
export async function frameOf(page: Page, origin: string): Promise<Frame> {
  const deadline = Date.now() + 15_000;
  while (Date.now() < deadline) {
    const frame = page
      .frames()
      .find((candidate) => candidate.url().startsWith(origin) && candidate !== page.mainFrame());
    if (
      frame &&
      (await frame
        .locator('h1')
        .count()
        .catch(() => 0)) > 0
    )
      return frame;
    await page.waitForTimeout(50);
  }
  throw new Error(
    `no frame of ${origin}; there are: ${page
      .frames()
      .map((frame) => frame.url())
      .join(', ')}`,
  );
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong by the WCAG 2.2 AA rules, as `rule: element`. */
export async function axeFindings(target: Page | Frame): Promise<string[]> {
  // As a function of the page: its content security policy forbids added scripts, as it should.
  return target.evaluate(async (source) => {
    const scope = globalThis as unknown as {
      axe?: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    if (!scope.axe) (0, eval)(source);
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations } = await scope.axe!.run({ runOnly: tags, iframes: false });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
  }, axeSource);
}
