/** Runs the unit tests that stand beside the code: all `*.test.ts` but `*.real.test.ts`. */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'

const files = ['src/**/*.test.ts', 'rules/**/*.test.ts', 'scripts/**/*.test.ts']
  .flatMap((pattern) => globSync(pattern))
  .filter((file) => !file.endsWith('.real.test.ts'))
  .toSorted()

const concurrency = process.argv.find((argument) => argument.startsWith('--concurrency='))
const child = spawn(
  process.execPath,
  [
    '--disable-warning=ExperimentalWarning',
    '--test',
    `--test-concurrency=${concurrency?.split('=')[1] ?? '2'}`,
    `--test-reporter=${process.env.CI ? 'spec' : 'dot'}`,
    ...files,
  ],
  { stdio: 'inherit' },
)
child.on('close', (code) => {
  process.exitCode = code ?? 1
})
