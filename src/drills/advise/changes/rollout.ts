import { defaultPullPolicy } from '#api'
import { type ManifestChange, podSpecOf, specPatch, templatePatch } from './change.ts'

interface RolloutFields {
  readonly spec?: {
    readonly minReadySeconds?: number
    readonly strategy?: {
      readonly type?: string
      readonly rollingUpdate?: { readonly maxUnavailable?: number | string }
    }
  }
}

/** Takes no pod away in an update before another is Ready in its place. */
export const noneUnavailable: ManifestChange = {
  name: 'max-unavailable',
  patches: ({ kind, source, id }) => {
    // Cast: only what a Deployment has is read of one.
    const { strategy } = (source.object as RolloutFields).spec ?? {}
    if (kind !== 'Deployment' || strategy?.rollingUpdate?.maxUnavailable === 0) return []
    return [
      specPatch(source, 'max-unavailable', {
        text: `takes no pod of ${id} away in an update before another is Ready`,
        spec: {
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        },
      }),
    ]
  },
}

/** Counts a new pod as available only once it has been Ready for a while. */
export const minReadySeconds: ManifestChange = {
  name: 'min-ready-seconds',
  patches: ({ kind, source, id }) => {
    // Cast: only what these kinds have is read of them.
    const { minReadySeconds: seconds = 0 } = (source.object as RolloutFields).spec ?? {}
    const isRolled = ['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind)
    if (!isRolled || seconds >= 10) return []
    return [
      specPatch(source, 'min-ready-seconds', {
        text: `goes on with an update of ${id} only once a new pod has been Ready for 10 s`,
        spec: { minReadySeconds: 10 },
      }),
    ]
  },
}

/** Asks the registry at each start whether the tag stands for another image now. */
export const pullAlways: ManifestChange = {
  name: 'pull-always',
  patches: (workload) =>
    podSpecOf(workload).containers.flatMap(({ name, image = '', imagePullPolicy }) => {
      if ((imagePullPolicy ?? defaultPullPolicy(image)) === 'Always') return []
      return [
        templatePatch(workload, 'pull-always', {
          text: `asks the registry at each start of ${name} of ${workload.id} what the tag of its image stands for`,
          spec: { containers: [{ name, imagePullPolicy: 'Always' }] },
        }),
      ]
    }),
}

/** Uses an image that is there already, so that no registry is needed to start again. */
export const pullIfNotPresent: ManifestChange = {
  name: 'pull-policy',
  patches: (workload) =>
    podSpecOf(workload).containers.flatMap(({ name, image = '', imagePullPolicy }) => {
      if ((imagePullPolicy ?? defaultPullPolicy(image)) !== 'Always') return []
      return [
        templatePatch(workload, 'pull-policy', {
          text: `starts ${name} of ${workload.id} from an image that is there, without asking its registry`,
          spec: { containers: [{ name, imagePullPolicy: 'IfNotPresent' }] },
        }),
      ]
    }),
}
