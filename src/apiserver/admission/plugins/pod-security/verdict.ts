import type { Pod } from '#api'
import type { CheckedPod, PodSecurityViolation } from './checks/check.ts'
import type { PodSecurityConfiguration } from './configuration.ts'
import { detailsText, violationsOf } from './evaluate.ts'
import {
  areEquivalent,
  isFullyPrivileged,
  type LevelVersion,
  levelLabel,
  levelVersionText,
  modes,
  type PodSecurityPolicy,
  versionLabel,
} from './levels.ts'

/** What is said about a write, in all of its modes. */
export interface PodSecurityVerdict {
  /** Why the write is refused. */
  readonly refusal?: string
  readonly warnings: readonly string[]
  /** By their names without the prefix. */
  readonly annotations: Readonly<Record<string, string>>
}

/** What a policy says about a pod; of a template, which is no pod yet, nothing is refused. */
export function judgeByPolicy(
  policy: PodSecurityPolicy,
  pod: CheckedPod,
  { isTemplate = false, error }: { readonly isTemplate?: boolean; readonly error?: string },
): PodSecurityVerdict {
  const found = (mode: keyof PodSecurityPolicy) => violationsOf(policy[mode], pod)
  const enforced = isTemplate ? [] : found('enforce')
  const audited = found('audit')
  const warned = found('warn')
  const text = (
    verb: string,
    mode: keyof PodSecurityPolicy,
    violations: readonly PodSecurityViolation[],
  ) => `${verb} PodSecurity "${levelVersionText(policy[mode])}": ${detailsText(violations)}`
  const isRefused = enforced.length > 0
  return {
    ...(isRefused && { refusal: text('violates', 'enforce', enforced) }),
    // Who is refused hears enough.
    warnings: !isRefused && warned.length > 0 ? [text('would violate', 'warn', warned)] : [],
    annotations: {
      ...(error !== undefined && { error: `Failed to parse policy: ${error}` }),
      ...(!isTemplate && { 'enforce-policy': levelVersionText(policy.enforce) }),
      ...(audited.length > 0 && { 'audit-violations': text('would violate', 'audit', audited) }),
    },
  }
}

/** Of a namespace with more pods only so many are looked at. */
const maxPods = 3000

/** What else a look at the pods of a namespace goes by. */
export interface NamespaceLook {
  readonly exemptRuntimeClasses: readonly string[]
  /** Whether it has taken too long. */
  readonly isLate: () => boolean
}

/** Warnings of the pods that a namespace has and that its new level would not let in. */
export function warningsOfPods(
  namespace: string,
  level: LevelVersion,
  pods: readonly Pod[],
  { exemptRuntimeClasses, isLate }: NamespaceLook,
): readonly string[] {
  const ordered = prioritized(
    pods.filter(({ spec }) => !exemptRuntimeClasses.includes(spec?.runtimeClassName ?? '')),
  )
  const byReason = new Map<string, string[]>()
  let checked = 0
  for (const { metadata, spec } of ordered.slice(0, maxPods)) {
    checked++
    const pod = { annotations: metadata?.annotations ?? {}, spec: spec ?? { containers: [] } }
    const reasons = violationsOf(level, pod).map(({ reason }) => reason)
    if (reasons.length > 0) {
      const text = reasons.join(', ')
      byReason.set(text, [...(byReason.get(text) ?? []), metadata?.name ?? ''])
    }
    if (isLate()) break
  }
  const lines = [...byReason].map(([text, names]) => `${namesText(names)}: ${text}`).toSorted()
  return [
    ...(checked < ordered.length
      ? [
          `new PodSecurity enforce level only checked against the first ${checked} of ${ordered.length} existing pods`,
        ]
      : []),
    ...(lines.length > 0
      ? [
          `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${levelVersionText(level)}"`,
        ]
      : []),
    ...lines,
  ]
}

function namesText(names: readonly string[]): string {
  const [first = ''] = names.toSorted()
  if (names.length === 1) return first
  return names.length === 2
    ? `${first} (and 1 other pod)`
    : `${first} (and ${names.length - 1} other pods)`
}

/** One pod of each controller first: the others are as it is. */
function prioritized(pods: readonly Pod[]): readonly Pod[] {
  const seen = new Set<string>()
  const [first, later]: [Pod[], Pod[]] = [[], []]
  for (const pod of pods) {
    const owner = pod.metadata?.ownerReferences?.find(({ controller }) => controller)?.uid
    const isRepeated = owner !== undefined && seen.has(owner)
    if (owner !== undefined) seen.add(owner)
    ;(isRepeated ? later : first).push(pod)
  }
  return [...first, ...later]
}

/** Tells who labels an exempt namespace that its labels have no effect. */
export function exemptWarning(
  name: string,
  policy: PodSecurityPolicy,
  {
    labels,
    configuration: { defaults },
  }: {
    readonly labels: Readonly<Record<string, string>>
    readonly configuration: PodSecurityConfiguration
  },
): readonly string[] {
  const isDefault = modes.every((mode) => areEquivalent(policy[mode], defaults[mode]))
  if (isFullyPrivileged(policy) || isDefault) return []
  const said = modes.filter(
    (mode) =>
      policy[mode].level !== 'privileged' &&
      (levelLabel(mode) in labels || versionLabel(mode) in labels),
  )
  const text = said.map((mode) => `${mode}=${levelVersionText(policy[mode])}`).join(', ')
  return [
    `namespace "${name}" is exempt from Pod Security, and the policy (${text}) will be ignored`,
  ]
}
