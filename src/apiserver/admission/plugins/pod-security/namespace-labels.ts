import { type Namespace, type Pod, pods } from '#api'
import { deepEqual, type Stored } from '#machinery'
import { invalid } from '#machinery/status'
import { type FieldErrors, fieldErrorMessage } from '#machinery/validation'
import type { AdmissionAttributes } from '../../admission.ts'
import { objectAs } from '../../attributes.ts'
import { compareLevels, type LevelVersion, policyOf } from './levels.ts'
import { exemptWarning, type PodSecurityVerdict, warningsOfPods } from './verdict.ts'
import { allowed, type PodSecurityWorld } from './world.ts'

/** How long the pods of a namespace are looked at. */
const namespaceCheckMs = 1000

/**
 * What is said about the labels of a namespace: those that cannot be read are refused, and who asks for
 * more hears which pods would not be let in now. @throws StatusError 422
 */
export function judgeNamespace(
  attributes: AdmissionAttributes,
  world: PodSecurityWorld,
): PodSecurityVerdict {
  const { old, name, resource } = attributes
  const { defaults, exemptions } = world.configuration
  const labels = objectAs<Namespace>(attributes.object ?? {}).metadata?.labels ?? {}
  const { policy, errors } = policyOf(labels, defaults)
  const before = old && policyOf(old.metadata.labels, defaults)
  if (errors.length > 0 && !(before && areSame(errors, before.errors))) {
    throw invalid(resource, name, errors)
  }
  if (before && !isTightened(policy.enforce, before.policy.enforce)) return allowed
  if (exemptions.namespaces.includes(name)) {
    const { configuration } = world
    return { ...allowed, warnings: exemptWarning(name, policy, { labels, configuration }) }
  }
  return before ? { ...allowed, warnings: podWarnings(name, policy.enforce, world) } : allowed
}

function podWarnings(
  name: string,
  level: LevelVersion,
  { objects, clock, configuration }: PodSecurityWorld,
): readonly string[] {
  const sinceMs = clock.monotonicMs()
  const existing: readonly Stored<Pod>[] = objects.list(pods, name)
  return warningsOfPods(name, level, existing, {
    exemptRuntimeClasses: configuration.exemptions.runtimeClasses,
    isLate: () => clock.monotonicMs() - sinceMs > namespaceCheckMs,
  })
}

/** Whether pods that are there may not be let in any more. */
function isTightened(now: LevelVersion, before: LevelVersion): boolean {
  if (now.level === 'privileged') return false
  return now.version !== before.version || compareLevels(now.level, before.level) > 0
}

function areSame(now: FieldErrors, before: FieldErrors): boolean {
  return deepEqual(now.map(fieldErrorMessage), before.map(fieldErrorMessage))
}
