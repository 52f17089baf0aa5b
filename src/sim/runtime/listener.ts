import type { Listener } from '../fabric.ts'
import type { ContainerRecord, SandboxRecord } from './records.ts'

/** The first running container of a sandbox that listens on a port. */
export function listenerIn(
  { config }: SandboxRecord,
  containers: readonly ContainerRecord[],
  port: number,
): Listener | undefined {
  for (const container of containers) {
    const { process } = container
    if (!process?.process.listens(port)) continue
    const { namespace, name } = config.metadata
    return {
      owner: `${namespace}/${name}/${container.config.metadata.name}`,
      answer: (request, signal) => process.answer(request, port, signal),
    }
  }
  return undefined
}
