/**
 * `make real`: the tests that need root, real containers, kubectl and helm, one file at a time;
 * those in test/scenarios need none of it and belong to `make check`.
 *     node test/run.ts [FILE …]
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'

const given = process.argv.slice(2)
const files =
  given.length > 0
    ? given
    : ['src/**/*.real.test.ts', 'test/**/*.test.ts']
        .flatMap((pattern) => globSync(pattern))
        .filter((file) => !file.startsWith('test/scenarios/'))
        .toSorted()

const child = spawn(
  process.execPath,
  [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-concurrency=1',
    '--test-reporter=spec',
    ...files,
  ],
  { stdio: 'inherit' },
)
child.on('close', (code) => {
  process.exitCode = code ?? 1
})
