import { type Pod, pods, type Toleration } from '#api'
import type { Admission } from '../admission.ts'
import { isAbout, objectAs } from '../attributes.ts'

/** How long pods stay on a node that is not ready or unreachable, unless they say otherwise. */
const tolerationSeconds = 300
const keys = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'] as const

/** Upstream's DefaultTolerationSeconds. */
export const defaultTolerations: Admission = {
  name: 'DefaultTolerationSeconds',
  handles: (attributes) =>
    (attributes.verb === 'create' || attributes.verb === 'update') && isAbout(attributes, pods),
  mutate({ object }) {
    const pod = objectAs<Pod>(object)
    const tolerations = pod.spec?.tolerations ?? []
    const missing = keys.filter((key) => !tolerations.some((each) => covers(each, key)))
    if (missing.length === 0 || !pod.spec) return pod
    const added = missing.map((key) => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds,
    }))
    return { ...pod, spec: { ...pod.spec, tolerations: [...tolerations, ...added] } } as Pod
  },
}

function covers({ key, effect }: Toleration, wanted: string): boolean {
  return (!key || key === wanted) && (!effect || effect === 'NoExecute')
}
