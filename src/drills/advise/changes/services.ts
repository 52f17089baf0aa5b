import type { Service } from '#api'
import type { Scene, SceneWorkload } from '../../input/scene.ts'
import { type ManifestChange, podLabelsOf, podSpecOf, specPatch } from './change.ts'

/** Lets a Service that selects no pod select those of the one workload that no Service selects. */
export const fittingSelector: ManifestChange = {
  name: 'selector',
  patches: (workload, scene) => {
    const isAsked = scene.services.some(({ workloads }) => workloads.includes(workload.id))
    if (isAsked) return []
    const idle = scene.services.filter(
      ({ workloads, namespace }) => workloads.length === 0 && namespace === workload.namespace,
    )
    const names = new Set(idle.map(({ name }) => name))
    const [name] = names
    const source = serviceObject(scene, workload, name)
    if (names.size !== 1 || !source) return []
    // Cast: it says that it is one.
    const { selector = {} } = (source.object as Service).spec ?? {}
    const gone = Object.fromEntries(Object.keys(selector).map((key) => [key, null]))
    return [
      specPatch(source, 'selector', {
        text: `lets the Service ${name} select the pods of ${workload.id}`,
        spec: { selector: { ...gone, ...podLabelsOf(workload) } },
      }),
    ]
  },
}

/** Leads a Service whose target no container has to the one port that is declared. */
export const fittingPort: ManifestChange = {
  name: 'target-port',
  patches: (workload, scene) =>
    scene.services.flatMap(({ name, workloads, port }) => {
      const source = serviceObject(scene, workload, name)
      const declared = podSpecOf(workload).containers.flatMap(({ ports = [] }) => ports)
      const [only] = declared
      if (!workloads.includes(workload.id) || !source || !only || declared.length !== 1) return []
      // Cast: it says that it is one.
      const { ports = [] } = (source.object as Service).spec ?? {}
      const target = ports.find((each) => each.port === port)?.targetPort ?? port
      if (target === only.containerPort || target === only.name) return []
      return [
        specPatch(source, 'target-port', {
          text: `leads the Service ${name} to port ${only.containerPort}, which ${workload.id} declares`,
          spec: { ports: [{ port, targetPort: only.containerPort }] },
        }),
      ]
    }),
}

function serviceObject({ objects }: Scene, { namespace }: SceneWorkload, name: string | undefined) {
  return objects.find(
    ({ object }) =>
      object.kind === 'Service' &&
      object.metadata?.name === name &&
      object.metadata?.namespace === namespace,
  )
}
