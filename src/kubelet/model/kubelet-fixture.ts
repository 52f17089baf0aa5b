import type { Container, Pod, PodSpec, PodStatus } from '#api'
import type { Host } from '#host'
import { createVirtualClock, seededRandom, silentLogger, type VirtualClock } from '#lib'
import type { ObjectMeta, Stored } from '#machinery'
import type { Dialer } from '#network'
import type { Runtime } from '#runtime'
import { type KubeletConfig, kubeletDefaults } from './config.ts'
import type { ObservedContainer, ObservedPod } from './observed.ts'
import type { References } from './references.ts'
import type { KubeletWorld } from './world.ts'

/** For the unit tests of this room: pods, what a runtime has of them, and a world of scripted seams. */

type PodParts = {
  readonly metadata?: Partial<ObjectMeta>
  readonly spec?: Partial<PodSpec>
  readonly status?: PodStatus
}

export const web: Container = { name: 'web', image: 'nginx' }

/** Pod `default/a` with one container `web`. */
export function podOf({ metadata = {}, spec = {}, status }: PodParts = {}): Stored<Pod> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'a',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '7',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec: { containers: [web], ...spec },
    ...(status ? { status } : {}),
  }
}

/** An instance of a container; its id is its name unless told otherwise. */
export function instanceOf(
  name: string,
  state: ObservedContainer['state'],
  changes: Partial<ObservedContainer> = {},
): ObservedContainer {
  return {
    id: name,
    sandboxId: 's0',
    name,
    metadata: { name, attempt: 0 },
    image: { ref: 'sha256:1', userSpecified: 'nginx' },
    imageRef: 'docker.io/library/nginx@sha256:1',
    imageId: 'sha256:1',
    state,
    createdAtMs: 0,
    labels: {},
    annotations: {},
    exitCode: 0,
    reason: '',
    message: '',
    mounts: [],
    logPath: `/logs/${name}`,
    hash: '',
    restartCount: 0,
    ...changes,
  }
}

/** What the runtime has of a pod: one ready sandbox, and these containers, newest first. */
export function observedOf(...containers: readonly ObservedContainer[]): ObservedPod {
  const sandbox = {
    id: 's0',
    metadata: { name: 'a', namespace: 'default', uid: 'u', attempt: 0 },
    state: 'ready',
    createdAtMs: 0,
    ips: ['10.0.0.1'],
  }
  return { sandboxes: [sandbox as never], containers, atMs: 0 }
}

/** What a test scripts of the seams; calling anything else throws. */
interface Seams {
  readonly runtime?: Partial<Omit<Runtime, 'images'>> & { readonly images?: object }
  readonly dial?: Partial<Dialer>
  readonly host?: { readonly [Part in keyof Host]?: Partial<Host[Part]> }
  readonly references?: Partial<References>
  readonly config?: Partial<KubeletConfig>
}

export interface TestWorld {
  readonly world: KubeletWorld
  readonly clock: VirtualClock
  /** `Warning Unhealthy spec.containers{web}: …`, in order. */
  readonly events: string[]
}

/** A kubelet's world on virtual time that records events as lines. */
export function testWorld({ runtime, dial, host, references, config }: Seams = {}): TestWorld {
  const clock = createVirtualClock()
  const events: string[] = []
  const world = {
    clock,
    random: seededRandom('kubelet'),
    log: silentLogger,
    runtime,
    network: { dial },
    host,
    references,
    events: {
      event(_about, { type, reason, message, fieldPath }) {
        events.push(`${type} ${reason}${fieldPath ? ` ${fieldPath}` : ''}: ${message}`)
      },
    } satisfies KubeletWorld['events'],
    config: {
      ...kubeletDefaults,
      nodeName: 'node-1',
      nodeIps: ['192.0.2.1'],
      version: 'v1.36.2+knarr',
      ...config,
    },
  } as unknown as KubeletWorld
  return { world, clock, events }
}
