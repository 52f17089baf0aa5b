import type { Listener, TransportProtocol } from '../../model/fabric.ts'
import type { ContainerRecord, SandboxRecord } from './records.ts'

/** The first running container of a sandbox that listens on a port. */
export function listenerIn(
  { config }: SandboxRecord,
  containers: readonly ContainerRecord[],
  port: number,
  transport: TransportProtocol = 'tcp',
): Listener | undefined {
  const container = listeningOn(containers, port, transport)
  const { process } = container ?? {}
  if (!container || !process) return undefined
  const { namespace, name } = config.metadata
  return {
    owner: `${namespace}/${name}/${container.config.metadata.name}`,
    answer: (request, signal) => process.answer(request, port, signal),
  }
}

/**
 * Whether who comes to a port comes too late: what listens there was told to stop, or nothing
 * listens any more since everything was.
 */
export function isStopping(containers: readonly ContainerRecord[], port: number): boolean {
  const listening = listeningOn(containers, port)
  if (listening) return listening.isStopping === true
  const begun = containers.filter(({ startedAtMs }) => startedAtMs !== undefined)
  return begun.some((each) => each.isStopping) && begun.every(isOver)
}

function isOver({ isStopping, state }: ContainerRecord): boolean {
  return isStopping === true || state === 'exited'
}

function listeningOn(
  containers: readonly ContainerRecord[],
  port: number,
  transport: TransportProtocol = 'tcp',
) {
  return containers.find(({ process }) => process?.process.listens(port, transport))
}
