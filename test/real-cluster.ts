import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { systemClock } from '#lib'
import { startTestRegistry } from './images/registry.ts'
import { knarr, testTools } from './tools.ts'

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A cluster on real containers, driven by real kubectl and helm. */
export interface RealCluster extends AsyncDisposable {
  readonly dataDir: string
  readonly kubeconfig: string
  /** Runs kubectl and gives its output; throws with all it said when it fails. */
  kubectl(...args: readonly string[]): Promise<string>
  /** Runs kubectl with input, and does not mind failure. */
  tryKubectl(
    args: readonly string[],
    input?: string,
    options?: { readonly terminal?: boolean },
  ): Promise<CommandResult>
  helm(...args: readonly string[]): Promise<string>
  apply(manifest: string): Promise<string>
  /** Starts kubectl and leaves it running. */
  background(...args: readonly string[]): AsyncDisposable
  /** `kill -9` of the server process, and a new start on the same data, with further options. */
  crashAndRestart(...options: readonly string[]): Promise<void>
  /** `knarr down`, which keeps its data, and a new start. */
  stopAndStart(): Promise<void>
}

const run = promisify(execFile)
const commandLimitMs = 180_000

/** Starts a cluster with the options of `knarr up` that are given. */
export async function startRealCluster(...options: readonly string[]): Promise<RealCluster> {
  const { kubectl, helm } = testTools()
  const registry = await startTestRegistry()
  const dataDir = mkdtempSync(join(tmpdir(), 'knarr-test-'))
  const port = await freePort()
  const mirrors = registry.mirrors.flatMap(({ registry: name, endpoints }) => [
    '--registry-mirror',
    `${name}=${endpoints[0]}`,
  ])
  const first = ['up', '--detach', '--data-dir', dataDir, '--port', String(port), ...mirrors]
  const up = (...more: readonly string[]) => command(knarr, [...first, ...options, ...more])
  const down = () => command(knarr, ['down', '--data-dir', dataDir, '--delete-data'])
  const env = { ...process.env, KUBECONFIG: join(dataDir, 'kubeconfig') }
  try {
    must(await up())
  } catch (error) {
    await down()
    await registry.stop()
    throw error
  }
  const attempt: RealCluster['tryKubectl'] = (args, input, { terminal = false } = {}) =>
    terminal
      ? command('script', ['-qec', inTerminal([kubectl, ...args]), '/dev/null'], { env, input })
      : command(kubectl, args, { env, input })
  return {
    dataDir,
    kubeconfig: env.KUBECONFIG,
    kubectl: async (...args) => must(await attempt(args)),
    tryKubectl: attempt,
    helm: async (...args) => must(await command(helm, args, { env })),
    apply: async (manifest) => must(await attempt(['apply', '-f', '-'], manifest)),
    background(...args) {
      const child = spawn(kubectl, args, { env, stdio: 'ignore' })
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
      return {
        async [Symbol.asyncDispose]() {
          child.kill()
          await ended
        },
      }
    },
    async crashAndRestart(...more) {
      const { stdout } = await command(knarr, ['status', '--data-dir', dataDir, '-o', 'json'])
      process.kill((JSON.parse(stdout) as { pid: number }).pid, 'SIGKILL')
      must(await up(...more))
    },
    async stopAndStart() {
      must(await command(knarr, ['down', '--data-dir', dataDir]))
      must(await up())
    },
    async [Symbol.asyncDispose]() {
      const stopped = await down()
      await registry.stop()
      rmSync(dataDir, { recursive: true, force: true })
      must(stopped)
    },
  }
}

/** A shell command of which the terminal that it is started in is 33 by 77. */
function inTerminal(argv: readonly string[]): string {
  const quoted = argv.map((each) => `'${each.replaceAll("'", "'\\''")}'`)
  return `stty rows 33 cols 77; exec ${quoted.join(' ')}`
}

interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string | undefined
}

/** Runs a program to its end, whatever that is. */
export async function command(
  file: string,
  args: readonly string[],
  { env, input }: CommandOptions = {},
): Promise<CommandResult> {
  const options = { env, timeout: commandLimitMs, maxBuffer: 64 * 1024 * 1024 }
  const running = run(file, [...args], options)
  running.child.stdin?.end(input ?? '')
  try {
    return { code: 0, ...(await running) }
  } catch (error) {
    const {
      code,
      stdout = '',
      stderr = '',
    } = error as { code?: number; stdout?: string; stderr?: string }
    return { code: typeof code === 'number' ? code : 1, stdout, stderr: stderr || String(error) }
  }
}

/** The output of what must not fail. */
export function must({ code, stdout, stderr }: CommandResult): string {
  if (code !== 0) throw new Error(`exit code ${code}\n${stdout}${stderr}`)
  return stdout
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Waits until `condition` gives something, asking often, for at most `limitMs`. */
export async function eventually<T>(
  condition: () => Promise<T | undefined | false>,
  limitMs = 60_000,
): Promise<T> {
  const untilMs = systemClock.monotonicMs() + limitMs
  for (;;) {
    const found = await condition()
    if (found) return found
    if (systemClock.monotonicMs() > untilMs) throw new Error(`not within ${limitMs} ms`)
    await systemClock.sleep(100)
  }
}
