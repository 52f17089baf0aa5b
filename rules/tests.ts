/**
 * Runs tests that need nothing but this checkout, several files at a time.
 *     node rules/tests.ts unit|scenarios [--concurrency=N]
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'

const groups: Readonly<Record<string, readonly string[]>> = {
  /** They stand beside the code, but for the bookkeeping of what is kept from long runs. */
  unit: [
    'src/**/*.test.ts',
    'rules/**/*.test.ts',
    'scripts/**/*.test.ts',
    'test/conformance/*.test.ts',
    'test/field/results.test.ts',
  ],
  /** Whole clusters on virtual time. */
  scenarios: ['test/scenarios/**/*.test.ts'],
}

const patterns = groups[process.argv[2] ?? '']
if (!patterns) throw new Error(`say which tests: ${Object.keys(groups).join(' or ')}`)
const files = patterns
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
