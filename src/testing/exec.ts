import { pods } from '#api'
import type { SimCluster } from '#cluster/simulation'
import { KnarrError } from '#lib'
import { errorFromStatus, type Status } from '#machinery/status'
import type { ActionOptions } from './actions.ts'
import { toMs } from './duration.ts'

/** In which container a command is run. */
export interface PodExecOptions extends ActionOptions {
  /** Default the first one. */
  readonly container?: string
}

/** How a command ended, and what it wrote. */
export interface PodExecResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

const administrator = {
  name: 'kubernetes-admin',
  groups: ['system:masters', 'system:authenticated'],
}

/**
 * Runs a command in a container, as `kubectl exec` does, and advances time until it has ended. After it
 * exact snapshots are refused, for a journal does not keep what goes over such a connection.
 * @throws KnarrError `NotEnded` when it does not end in time; StatusError when it cannot be run
 */
export async function execInPod(
  { inputs, timeDriver, objects }: SimCluster,
  pod: string,
  command: readonly string[],
  { namespace = 'default', container, within = '10m' }: PodExecOptions = {},
): Promise<PodExecResult> {
  const first = objects.get(pods, { namespace, name: pod })?.spec?.containers[0]?.name
  const query = new URLSearchParams([
    ...command.map((word) => ['command', word] satisfies [string, string]),
    ['container', container ?? first ?? ''],
    ['stdout', 'true'],
    ['stderr', 'true'],
  ])
  const stop = new AbortController()
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/exec`
  const asked = { method: 'POST', path, query, headers: {}, user: administrator } as const
  const connection = await inputs.connect(asked, stop.signal)
  if (connection.kind === 'response') {
    const { body } = connection.response
    // Cast: a refusal is a Status.
    const refusal = body.kind === 'object' ? (body.value.object as Status) : undefined
    if (refusal) throw errorFromStatus(refusal)
  }
  if (connection.kind !== 'command') throw new KnarrError('NotRun', `${path} runs no command`)
  const { stdout, stderr, done } = connection.session
  let isOver = false
  const result = Promise.all([textOf(stdout), textOf(stderr), done]).finally(() => {
    isOver = true
  })
  result.catch(() => undefined)
  if (!(await timeDriver.until(() => isOver, toMs(within)))) {
    stop.abort(new Error('the command took too long'))
    throw new KnarrError('NotEnded', `'${command.join(' ')}' did not end within ${within}`)
  }
  const [out, err, { exitCode }] = await result
  return { exitCode, stdout: out, stderr: err }
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}
