import type { Runner } from './runner.ts';
import type { CommandProperties } from './workflow-command.ts';

/** One thing that the author of the workflow has to know, shown as an annotation. */
export interface Problem extends CommandProperties {
  readonly message: string;
}

/** The most annotations of a failure: GitHub keeps ten errors of a step. */
const mostProblems = 10;

/** What helps to understand a failure. */
export interface Help {
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** The server's name for the request. */
  readonly requestId?: string | undefined;
  /** Whether it may go well at another time. */
  readonly isTransient?: boolean | undefined;
}

/** A failure that is explained: its problems become annotations, and so does the hint. */
export class Failure extends Error {
  readonly problems: readonly Problem[];
  readonly help: Help;

  constructor(problems: string | readonly Problem[], help: Help = {}) {
    const list = typeof problems === 'string' ? [{ message: problems }] : problems;
    super(list.map((problem) => problem.message).join('\n'));
    this.problems = list;
    this.help = help;
  }
}

/** The words of whatever was thrown. */
export function wordsOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Tells the runner why the step fails, whatever was thrown. The caller sets the exit code. */
export function reportFailure(runner: Runner, thrown: unknown): void {
  if (!(thrown instanceof Failure)) {
    runner.error({ message: `unexpected error: ${wordsOf(thrown)}` });
    if (thrown instanceof Error && thrown.stack !== undefined) runner.debug(thrown.stack);
    return;
  }
  const { problems } = thrown;
  const shown = problems.length > mostProblems ? problems.slice(0, mostProblems - 1) : problems;
  for (const problem of shown) runner.error(problem);
  if (shown.length < problems.length) runner.error({ message: `and ${problems.length - shown.length} more like these` });
  const { hint, requestId } = thrown.help;
  if (hint !== undefined) runner.notice({ title: 'What to do about it', message: hint });
  if (requestId !== undefined) runner.info(`Request id: ${requestId}`);
}
