import type { Pod, Probe } from '#api'
import { formatDuration, type Stored } from '#machinery'
import { isRuntimeError } from '#runtime'
import { httpRequest, resolvePort } from '../containers/handler.ts'
import type { AnyContainer } from '../model/containers.ts'
import { textOf } from '../model/errors.ts'
import { expand } from '../model/expand.ts'
import type { KubeletWorld } from '../model/world.ts'

/** What one attempt found. An `error` is no finding: the result is dropped. */
export type Finding =
  | { readonly kind: 'success' | 'warning' | 'failure'; readonly output: string }
  | { readonly kind: 'error'; readonly message: string }

export interface ProbeTarget {
  readonly pod: Stored<Pod>
  readonly container: AnyContainer
  readonly containerId: string
  readonly podIp: string
}

const bodyLimitBytes = 10 * 1024

/** Carries out one probe attempt through the seams of the node. */
export async function attemptProbe(
  probe: Probe,
  target: ProbeTarget,
  world: KubeletWorld,
  signal: AbortSignal,
): Promise<Finding> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
  if (probe.exec) return probeExec(probe.exec.command ?? [], { target, timeoutMs, world, signal })
  if (probe.httpGet) return probeHttp(probe.httpGet, { target, timeoutMs, world, signal })
  if (probe.tcpSocket) return probeTcp(probe.tcpSocket, { target, timeoutMs, world, signal })
  if (probe.grpc) return probeGrpc(probe.grpc, { target, timeoutMs, world, signal })
  return { kind: 'error', message: 'missing probe handler' }
}

interface Attempt {
  readonly target: ProbeTarget
  readonly timeoutMs: number
  readonly world: KubeletWorld
  readonly signal: AbortSignal
}

async function probeExec(
  command: readonly string[],
  { target, timeoutMs, world, signal }: Attempt,
): Promise<Finding> {
  const env = new Map((target.container.env ?? []).map(({ name, value = '' }) => [name, value]))
  const argv = command.map((word) => expand(word, env))
  try {
    const { exitCode, stdout, stderr } = await world.runtime.execSync(
      target.containerId,
      argv,
      timeoutMs,
      signal,
    )
    const output = Buffer.concat([stdout, stderr]).subarray(0, bodyLimitBytes).toString('utf8')
    return { kind: exitCode === 0 ? 'success' : 'failure', output }
  } catch (error) {
    if (signal.aborted) throw error
    if (isRuntimeError(error, 'deadlineExceeded')) {
      const shown = `command timed out: "${argv.join(' ')}" timed out after ${formatDuration(timeoutMs)}`
      return { kind: 'failure', output: shown }
    }
    return { kind: 'error', message: textOf(error) }
  }
}

async function probeHttp(
  action: NonNullable<Probe['httpGet']>,
  attempt: Attempt,
): Promise<Finding> {
  const { target, timeoutMs, world, signal } = attempt
  const request = httpRequest(action, target.container, target.podIp, {
    timeoutMs,
    redirects: 'sameHost',
    bodyLimitBytes,
    userAgent: `kube-probe/${world.config.version.replace(/^v/, '').split('.').slice(0, 2).join('.')}`,
  })
  if (!request) return { kind: 'error', message: `invalid port number: ${action.port}` }
  const outcome = await world.network.dial.http(request, signal)
  if (outcome.kind === 'failed') {
    if (outcome.stage === 'body') return { kind: 'error', message: outcome.message }
    return { kind: 'failure', output: outcome.message }
  }
  const body = Buffer.from(outcome.body).toString('utf8')
  if (outcome.status >= 300 && outcome.status < 400) {
    return { kind: 'warning', output: `Probe terminated redirects, Response body: ${body}` }
  }
  if (outcome.status >= 200 && outcome.status < 300) return { kind: 'success', output: body }
  return { kind: 'failure', output: `HTTP probe failed with statuscode: ${outcome.status}` }
}

async function probeTcp(
  action: NonNullable<Probe['tcpSocket']>,
  { target, timeoutMs, world, signal }: Attempt,
): Promise<Finding> {
  const port = resolvePort(action.port, target.container)
  if (port === undefined) return { kind: 'error', message: `invalid port number: ${action.port}` }
  const host = action.host || target.podIp
  const outcome = await world.network.dial.tcp({ host, port, timeoutMs }, signal)
  return outcome.kind === 'connected'
    ? { kind: 'success', output: '' }
    : { kind: 'failure', output: outcome.message }
}

async function probeGrpc(
  { port, service = '' }: NonNullable<Probe['grpc']>,
  { target, timeoutMs, world, signal }: Attempt,
): Promise<Finding> {
  const userAgent = `kube-probe/${world.config.version}`
  const request = { host: target.podIp, port, service: service ?? '', userAgent, timeoutMs }
  const outcome = await world.network.dial.grpcHealth(request, signal)
  return { kind: outcome.kind === 'healthy' ? 'success' : 'failure', output: outcome.message }
}
