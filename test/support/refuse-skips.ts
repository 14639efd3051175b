import type { Reporter, TestModule } from 'vitest/node';

/** Prints the counts in one plain line, and fails a run that skipped anything for another reason than an absent corpus. */
export function refuseSkips(): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[]) {
      const tests = modules.flatMap(module => [...module.children.allTests()]);
      const inState = (state: string) => tests.filter(test => test.result().state === state);
      const skipped = inState('skipped');
      const unexplained = skipped.filter(test => !test.fullName.includes('corpus absent'));
      for (const test of unexplained) process.stderr.write(`skipped without leave: ${test.fullName}\n`);
      if (unexplained.length > 0) process.exitCode = 1;
      process.stdout.write(
        `\n${inState('passed').length} passed, ${inState('failed').length} failed, ${skipped.length} skipped\n`,
      );
    },
  };
}
