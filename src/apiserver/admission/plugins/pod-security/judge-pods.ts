import { namespaces, type Pod } from '#api'
import { internalError } from '#machinery/status'
import { aggregateMessage, type FieldErrors } from '#machinery/validation'
import type { AdmissionAttributes } from '../../admission.ts'
import { objectAs } from '../../attributes.ts'
import type { CheckedPod } from './checks/check.ts'
import { isFullyPrivileged, type PodSecurityPolicy, policyOf } from './levels.ts'
import { checkedPod, isSignificant, templateToCheck } from './pod-specs.ts'
import { judgeByPolicy, type PodSecurityVerdict } from './verdict.ts'
import { allowed, exempt, type PodSecurityWorld } from './world.ts'

/** What is said about a pod. @throws StatusError 500 when its namespace is not known. */
export function judgePodSecurity(
  attributes: AdmissionAttributes,
  world: PodSecurityWorld,
): PodSecurityVerdict {
  return (
    exemption(attributes, world) ??
    underPolicy(attributes, world, ({ policy, errors }) => {
      const { verb, old, object = {} } = attributes
      if (errors.length === 0 && isFullyPrivileged(policy)) {
        return { warnings: [], annotations: { 'enforce-policy': 'privileged:latest' } }
      }
      const pod = objectAs<Pod>(object)
      if (verb === 'update' && old && !isSignificant(pod, objectAs<Pod>(old))) return allowed
      return judged(checkedPod(pod), world, { policy, errors, isTemplate: false })
    }) ??
    unknownNamespace(attributes)
  )
}

/** What is said about a workload, which is let in however bad its template is. */
export function judgeWorkload(
  attributes: AdmissionAttributes,
  world: PodSecurityWorld,
): PodSecurityVerdict {
  return (
    exemption(attributes, world) ??
    underPolicy(attributes, world, ({ policy, errors }) => {
      const { warn, audit } = policy
      const asksNothing = warn.level === 'privileged' && audit.level === 'privileged'
      const pod = templateToCheck(attributes.object ?? {})
      if (!pod || (errors.length === 0 && asksNothing)) return allowed
      return judged(pod, world, { policy, errors, isTemplate: true })
    }) ?? { warnings: [], annotations: { error: lookupText(attributes) } }
  )
}

interface Found {
  readonly policy: PodSecurityPolicy
  readonly errors: FieldErrors
}

function exemption(
  { namespace, user }: AdmissionAttributes,
  { configuration: { exemptions } }: PodSecurityWorld,
): PodSecurityVerdict | undefined {
  if (exemptions.namespaces.includes(namespace)) return exempt('namespace')
  return exemptions.usernames.includes(user.name) ? exempt('user') : undefined
}

/** Undefined where the namespace is not known. */
function underPolicy(
  { namespace }: AdmissionAttributes,
  { objects, configuration }: PodSecurityWorld,
  decide: (found: Found) => PodSecurityVerdict,
): PodSecurityVerdict | undefined {
  const found = objects.get(namespaces, { name: namespace })
  return found && decide(policyOf(found.metadata.labels, configuration.defaults))
}

function judged(
  pod: CheckedPod,
  { configuration: { exemptions } }: PodSecurityWorld,
  { policy, errors, isTemplate }: Found & { readonly isTemplate: boolean },
): PodSecurityVerdict {
  const runtimeClass = pod.spec.runtimeClassName
  if (runtimeClass && exemptions.runtimeClasses.includes(runtimeClass)) {
    return exempt('runtimeClass')
  }
  const error = errors.length > 0 ? { error: aggregateMessage(errors) } : {}
  return judgeByPolicy(policy, pod, { isTemplate, ...error })
}

function unknownNamespace(attributes: AdmissionAttributes): never {
  throw internalError(lookupText(attributes))
}

function lookupText({ namespace }: AdmissionAttributes): string {
  return `failed to lookup namespace "${namespace}"`
}
