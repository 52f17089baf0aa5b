import type { Container, PodSpec } from '#api'
import { drilledObject, type ManifestObject } from '../../input/manifest.ts'
import type { Scene, SceneService, SceneWorkload } from '../../input/scene.ts'
import type { AdvicePatch } from '../../model/advice.ts'

/** A change of the catalogue: which patches it would make to a manifest, if any. It knows nothing of any run. */
export interface ManifestChange {
  readonly name: string
  /** The patches for a workload, or for what belongs to it; none where it changes nothing. */
  patches(workload: SceneWorkload, scene: Scene): readonly AdvicePatch[]
}

/** The strategic merge patch of a pod template. */
export function templatePatch(
  { source, kind }: SceneWorkload,
  change: string,
  { text, spec }: { readonly text: string; readonly spec: unknown },
): AdvicePatch {
  return {
    change,
    text,
    target: drilledObject(source),
    type: 'strategic',
    patch: { spec: kind === 'Pod' ? spec : { template: { spec } } },
  }
}

/** The strategic merge patch of the spec of an object. */
export function specPatch(
  source: ManifestObject,
  change: string,
  { text, spec }: { readonly text: string; readonly spec: unknown },
): AdvicePatch {
  return { change, text, target: drilledObject(source), type: 'strategic', patch: { spec } }
}

/** The spec of the pods of a workload. */
export function podSpecOf({ template }: SceneWorkload): PodSpec {
  return template.spec ?? { containers: [] }
}

/** The labels that select the pods of a workload. */
export function podLabelsOf({ template }: SceneWorkload): Readonly<Record<string, string>> {
  return template.metadata?.labels ?? {}
}

/** Where a container of a workload is asked by a Service. */
export interface AskedPort {
  readonly container: Container
  readonly port: number
}

/** The container of a workload that a Service asks, and its port there; undefined where none declares it. */
function servedPort(
  workload: SceneWorkload,
  { objects }: Scene,
  service: SceneService,
): AskedPort | undefined {
  const found = objects.find(
    ({ object }) =>
      object.kind === 'Service' &&
      object.metadata?.name === service.name &&
      object.metadata.namespace === service.namespace,
  )
  // Cast: it is the Service whose port this is.
  const { spec } = (found?.object ?? {}) as {
    readonly spec?: { readonly ports?: ServicePortLike[] }
  }
  const port = spec?.ports?.find((each) => each.port === service.port)
  const target = port?.targetPort ?? port?.port
  const { containers } = podSpecOf(workload)
  for (const container of containers) {
    const declared = (container.ports ?? []).find(
      ({ name, containerPort }) => name === target || containerPort === target,
    )
    if (declared) return { container, port: declared.containerPort }
  }
  const [only] = containers
  return typeof target === 'number' && only && containers.length === 1
    ? { container: only, port: target }
    : undefined
}

interface ServicePortLike {
  readonly port: number
  readonly targetPort?: number | string
}

/** The ports of a workload that Services ask, each container once. */
export function servedPorts(workload: SceneWorkload, scene: Scene): readonly AskedPort[] {
  const all = scene.services
    .filter(
      ({ workloads, namespace }) =>
        workloads.includes(workload.id) && namespace === workload.namespace,
    )
    .flatMap((service) => servedPort(workload, scene, service) ?? [])
  return all.filter(
    ({ container }, index) => all.findIndex((each) => each.container === container) === index,
  )
}
