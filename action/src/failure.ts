import type { Runner } from './runner.ts';

/** One thing that the author of the workflow has to know, shown as an error annotation. */
export interface Problem {
  readonly title?: string;
  readonly message: string;
}

/** A failure that is explained: its problems become annotations, its hint follows in the log. */
export class Failure extends Error {
  readonly problems: readonly Problem[];
  readonly hint: string | undefined;

  constructor(problems: string | readonly Problem[], hint?: string) {
    const list = typeof problems === 'string' ? [{ message: problems }] : problems;
    super(list.map((problem) => problem.message).join('\n'));
    this.problems = list;
    this.hint = hint;
  }
}

/** Tells the runner why the step fails, whatever was thrown. The caller sets the exit code. */
export function reportFailure(runner: Runner, thrown: unknown): void {
  if (!(thrown instanceof Failure)) {
    runner.error({ message: `unexpected error: ${thrown instanceof Error ? thrown.message : String(thrown)}` });
    if (thrown instanceof Error && thrown.stack !== undefined) runner.debug(thrown.stack);
    return;
  }
  for (const problem of thrown.problems) runner.error(problem);
  if (thrown.hint !== undefined) runner.info(thrown.hint);
}
