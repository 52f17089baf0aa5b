import { namespaces, pods } from '#api'
import type { Clock } from '#lib'
import type { Admission, AdmissionAttributes } from '../../admission.ts'
import { isAbout, refuse } from '../../attributes.ts'
import type { PodSecurityConfiguration } from './configuration.ts'
import { judgePodSecurity, judgeWorkload } from './judge-pods.ts'
import { judgeNamespace } from './namespace-labels.ts'
import { hasTemplate } from './pod-specs.ts'

/** Subresources of pods that change nothing about what they may. */
const ignoredParts = new Set([
  ...['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status'],
])

/** Upstream's PodSecurity: namespaces say by their labels what their pods may. */
export function podSecurity(
  clock: Pick<Clock, 'monotonicMs'>,
  configuration: PodSecurityConfiguration,
): Admission {
  return {
    name: 'PodSecurity',
    handles: (attributes) =>
      (attributes.verb === 'create' || attributes.verb === 'update') &&
      judgeFor(attributes) !== undefined,
    validate(attributes, context) {
      const verdict = judgeFor(attributes)?.(attributes, {
        ...{ clock, configuration },
        objects: context.objects,
      })
      for (const warning of verdict?.warnings ?? []) context.warn(warning)
      for (const [key, value] of Object.entries(verdict?.annotations ?? {})) {
        context.annotate?.(`pod-security.kubernetes.io/${key}`, value)
      }
      if (verdict?.refusal !== undefined) throw refuse(attributes, verdict.refusal)
    },
  }
}

/** Who judges such a write; undefined where nothing is asked of it. */
function judgeFor(attributes: AdmissionAttributes) {
  const { resource, subresource } = attributes
  if (resource.group === pods.group && resource.plural === pods.plural) {
    return ignoredParts.has(subresource) ? undefined : judgePodSecurity
  }
  if (isAbout(attributes, namespaces)) return judgeNamespace
  return subresource === '' && hasTemplate(resource) ? judgeWorkload : undefined
}
