import type { createChannel } from '#lib'
import type { ContainerEvent, SandboxConfig } from '#runtime'
import { imageUser } from '../behaviour/image-user.ts'
import { imageBehaviour } from './container/behaviour-of.ts'
import { type ContainersWorld, noteExit } from './container/containers.ts'
import { createRecords, type Report } from './container/records.ts'
import type { EngineFault, SimRuntimeOptions } from './container/runtime-node.ts'
import { createNodeImages } from './images/image-service.ts'
import { createSandboxes, type Sandboxes } from './sandboxes.ts'
import { loadRecords, type SimRuntimeState } from './saved-runtime.ts'

/** Everything about one engine that its parts share. */
export interface SimulatedEngine extends ContainersWorld {
  readonly sandboxes: Sandboxes
  readonly listeners: Set<Listening>
  readonly fault: () => EngineFault
}

type Listening = ReturnType<typeof createChannel<ContainerEvent>>

/** An engine, empty or with the records that were saved; nothing runs in it yet. */
export function createEngine(
  options: SimRuntimeOptions,
  saved: SimRuntimeState | undefined,
  fault: () => EngineFault,
): SimulatedEngine {
  const records = createRecords()
  if (saved) loadRecords(saved, records)
  const listeners = new Set<Listening>()
  const report: Report = (kind, id, sandbox) => {
    const podUid = sandbox?.config.metadata.uid
    const event = { kind, id, atMs: options.clock.wallMs(), ...(podUid ? { podUid } : {}) }
    for (const listening of listeners) listening.push(event)
  }
  const nodeImages = createNodeImages({
    world: options.images,
    clock: options.clock,
    expectation: (reference, pod) => expectedImage(options, reference, pod),
    saved: saved?.images ?? [],
  })
  const world: ContainersWorld = {
    ...options,
    records,
    report,
    nodeImages,
    execIds: options.random.fork('exec'),
    onExit: (container) => noteExit(world, container),
  }
  const sandboxes = createSandboxes({
    ...world,
    networkReady: () => !fault().networkNotReady,
    ...(saved?.pool ? { pool: saved.pool } : {}),
  })
  return { ...world, sandboxes, listeners, fault }
}

/** What the containers of a pod say about their image. */
function expectedImage(
  { behaviours: rules }: SimRuntimeOptions,
  reference: string,
  sandbox: SandboxConfig | undefined,
) {
  const said = imageBehaviour(reference, sandbox, rules)
  const { image: condition, imageSizeBytes: sizeBytes, imageUser: user } = said
  return {
    ...(condition === undefined ? {} : { condition }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    user: imageUser(reference, user),
  }
}
