/**
 * `make check`: every rule of the house at once, in parallel, with the output of those that fail.
 *   node rules/check.ts [types|shipped|lint|rooms|subjects|house|unit|scenarios …]
 */
import { spawn } from 'node:child_process'
import { cpus } from 'node:os'
import { systemClock } from '#lib'

interface Check {
  readonly name: string
  readonly command: readonly string[]
}

function tests(name: string): Check {
  return { name, command: ['node', 'rules/tests.ts', name, `--concurrency=${cpus().length}`] }
}

const checks: readonly Check[] = [
  { name: 'types', command: ['node_modules/typescript-native/bin/tsc', '-p', 'tsconfig.json'] },
  {
    name: 'shipped',
    command: ['node_modules/typescript-native/bin/tsc', '-p', 'scripts/tsconfig.shipped.json'],
  },
  { name: 'lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'rooms', command: ['node', 'rules/rooms.ts'] },
  { name: 'subjects', command: ['node', 'rules/subjects.ts'] },
  { name: 'house', command: ['node', 'rules/house.ts'] },
  tests('unit'),
  tests('scenarios'),
]

function run(check: Check): Promise<{ readonly ok: boolean; readonly seconds: string }> {
  const started = systemClock.monotonicMs()
  const [program = '', ...parameters] = check.command
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk) => output.push(chunk))
  child.stderr.on('data', (chunk) => output.push(chunk))
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const seconds = ((systemClock.monotonicMs() - started) / 1000).toFixed(1)
      const ok = code === 0
      process.stdout.write(`${ok ? '✔' : '✖'} ${check.name} (${seconds} s)\n`)
      if (!ok || check.command.includes('rules/tests.ts'))
        process.stdout.write(Buffer.concat(output))
      resolve({ ok, seconds })
    })
  })
}

const wanted = process.argv.slice(2)
const chosen = checks.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
const results = await Promise.all(chosen.map(run))
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1
