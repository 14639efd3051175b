import type { Reporter, TestModule } from 'vitest/node';

/** What a test may be skipped for, as it says in its name: what no test machine can be asked to have. */
const reasons = ['corpus absent', 'no container engine'];

/** Prints the counts in one plain line, and fails a run that skipped anything for another reason than these two. */
export function refuseSkips(): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[]) {
      const tests = modules.flatMap(module => [...module.children.allTests()]);
      const inState = (state: string) => tests.filter(test => test.result().state === state);
      const skipped = inState('skipped');
      const unexplained = skipped.filter(test => !reasons.some(reason => test.fullName.includes(reason)));
      for (const test of unexplained) process.stderr.write(`skipped without leave: ${test.fullName}\n`);
      if (unexplained.length > 0) process.exitCode = 1;
      process.stdout.write(
        `\n${inState('passed').length} passed, ${inState('failed').length} failed, ${skipped.length} skipped\n`,
      );
    },
  };
}
