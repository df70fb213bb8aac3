// The story of the check action: find the policies, have the core judge them and compare them with the base, tell what came out.

import type { Runner } from '../../action/src/runner.ts';
import { baseOf } from './base.ts';
import { Checkout } from './checkout.ts';
import type { Folder } from './folder.ts';
import type { Git } from './git.ts';
import { answerOf, baseAnswerOf } from './policy-text.ts';
import { repositoryOf } from './repository.ts';
import { Revision } from './revision.ts';
import type { WholeCore } from './whole-core.ts';

export interface CheckEffects {
  readonly runner: Runner;
  /** The folder of the checkout. */
  readonly openFolder: () => Folder;
  readonly openGit: (folder: string) => Git;
  readonly loadCore: () => WholeCore;
  readonly now: () => Date;
}

export async function checkPolicies({ runner, openFolder, openGit, loadCore, now }: CheckEffects): Promise<void> {
  const folder = openFolder();
  const git = openGit(folder.path);
  const checkout = new Checkout(folder, git);
  const base = baseOf(runner.variable('GITHUB_EVENT_NAME'), runner.event(), git);
  const revision = base.kind === 'known' ? new Revision(base.commit, git, folder) : undefined;
  const outcome = loadCore().checkUp(
    {
      inputs: { path: runner.input('path'), failOn: runner.input('fail-on'), ownerPolicy: runner.input('owner-policy') },
      now: now().toISOString(),
      folder: folder.path.replaceAll('\\', '/'),
      repository: repositoryOf(runner, git),
      found: checkout.policies(),
      base: base.kind === 'known' ? { kind: 'known', name: base.name, found: revision?.policies() ?? [] } : base,
    },
    (path) => answerOf(path, checkout.read(path)),
    (path) => {
      const entry = revision?.entry(path);
      return baseAnswerOf(path, revision && entry ? revision.read(entry) : { kind: 'missing' });
    },
  );
  for (const file of checkout.differing()) {
    const message = 'what the commit has was checked: the file in the checkout is another, by a step before or a `.gitattributes`';
    runner.notice({ title: 'Not as committed', message, file });
  }
  for (const { level, ...annotation } of outcome.annotations) runner.annotate(level, annotation);
  for (const line of outcome.lines) runner.info(line);
  if (outcome.summary !== '') runner.summarize(outcome.summary);
  runner.setOutput('errors', String(outcome.errors));
  runner.setOutput('warnings', String(outcome.warnings));
  runner.setOutput('widened', outcome.widened);
  if (outcome.passed) {
    runner.info(`Access token policies: ${outcome.conclusion}`);
  } else {
    process.exitCode = 1;
    runner.error({ title: 'Access token policies', message: outcome.conclusion });
  }
  return Promise.resolve();
}
