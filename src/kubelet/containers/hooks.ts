import type { LifecycleHandler, Pod } from '#api'
import { goList, goQuote, type Stored } from '#machinery'
import type { AnyContainer } from '../model/containers.ts'
import { textOf } from '../model/errors.ts'
import { formatPod } from '../model/labels.ts'
import type { KubeletWorld } from '../model/world.ts'
import { httpRequest } from './handler.ts'

/** A hook that failed; `message` is what `state.waiting` and the log show. */
export class HookError extends Error {
  override readonly name = 'HookError'
}

export interface HookTarget {
  readonly pod: Stored<Pod>
  readonly container: AnyContainer
  readonly containerId: string
  readonly podIp: string
}

const httpTimeoutMs = 30_000
const bodyLimitBytes = 10 * 1024

/** Runs a postStart or preStop handler to its end. Throws HookError with upstream's texts. */
export async function runHook(
  handler: LifecycleHandler,
  target: HookTarget,
  world: KubeletWorld,
  signal: AbortSignal,
): Promise<void> {
  const where = `for Container ${goQuote(target.container.name)} in Pod ${goQuote(formatPod(target.pod))}`
  if (handler.exec) return runExec(handler.exec.command ?? [], where, { target, world, signal })
  if (handler.sleep) {
    await world.clock.sleep(handler.sleep.seconds * 1000, signal)
    return
  }
  if (handler.httpGet) return runHttp(handler.httpGet, where, { target, world, signal })
  throw new HookError(`invalid handler: ${JSON.stringify(handler)}`)
}

interface Run {
  readonly target: HookTarget
  readonly world: KubeletWorld
  readonly signal: AbortSignal
}

async function runExec(command: readonly string[], where: string, run: Run): Promise<void> {
  const { target, world, signal } = run
  const head = `Exec lifecycle hook (${goList(command)}) ${where} failed - error: `
  try {
    const { exitCode, stdout, stderr } = await world.runtime.execSync(
      target.containerId,
      command,
      0,
      signal,
    )
    if (exitCode === 0) return
    const output = Buffer.concat([stdout, stderr]).toString('utf8')
    const why = `command '${command.join(' ')}' exited with ${exitCode}: ${output}`
    throw new HookError(`${head}${why}, message: ${goQuote(output)}`)
  } catch (error) {
    if (signal.aborted || error instanceof HookError) throw error
    throw new HookError(`${head}${textOf(error)}, message: ""`)
  }
}

async function runHttp(
  action: NonNullable<LifecycleHandler['httpGet']>,
  where: string,
  { target, world, signal }: Run,
): Promise<void> {
  const head = `HTTP lifecycle hook (${action.path ?? '/'}) ${where} failed - error: `
  const request = httpRequest(action, target.container, target.podIp, {
    timeoutMs: httpTimeoutMs,
    redirects: 'follow',
    bodyLimitBytes,
    userAgent: `kube-lifecycle/${world.config.version.replace(/^v/, '').split('.').slice(0, 2).join('.')}`,
  })
  if (!request) throw new HookError(`${head}invalid port number: ${action.port}`)
  const outcome = await world.network.dial.http(request, signal)
  // Any answer counts: upstream looks at the connection only, not at the status code.
  if (outcome.kind === 'failed') throw new HookError(`${head}${outcome.message}`)
}
