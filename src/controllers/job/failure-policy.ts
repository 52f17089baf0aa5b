import type { ContainerStatus, Pod, PodFailurePolicy } from '#api'
import type { Stored } from '#machinery'

type Rule = PodFailurePolicy['rules'][number]
type ExitCodes = NonNullable<Rule['onExitCodes']>

/** What the failure of a pod means for its Job. */
export interface FailureVerdict {
  /** Of the first rule that fits; absent where none does. */
  readonly action?: string
  /** It counts towards the limits. */
  readonly counts: boolean
  /** Why the whole Job fails. */
  readonly failsJob?: string
}

/** The first rule that fits decides (upstream: matchPodFailurePolicy). */
export function judgeFailure(
  policy: PodFailurePolicy | undefined,
  pod: Stored<Pod>,
): FailureVerdict {
  for (const [at, rule] of (policy?.rules ?? []).entries()) {
    const why = fits(rule, pod)
    if (!why) continue
    const { action } = rule
    if (action === 'Ignore') return { action, counts: false }
    if (action !== 'FailJob') return { action, counts: true }
    return { action, counts: true, failsJob: `${why} matching ${action} rule at index ${at}` }
  }
  return { counts: true }
}

/** In which way the pod's end is what a rule is about. */
function fits(rule: Rule, { metadata, status }: Stored<Pod>): string | undefined {
  const name = `${metadata.namespace}/${metadata.name}`
  if (rule.onExitCodes) {
    const { onExitCodes } = rule
    const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
    const found = all.find((container) => hasExitCode(container, onExitCodes))
    const code = found?.state?.terminated?.exitCode
    return found && `Container ${found.name} for pod ${name} failed with exit code ${code}`
  }
  const condition = status?.conditions?.find((each) =>
    rule.onPodConditions?.some(
      (pattern) => pattern.type === each.type && (pattern.status ?? 'True') === each.status,
    ),
  )
  return condition && `Pod ${name} has condition ${condition.type}`
}

function hasExitCode({ name, state }: ContainerStatus, wanted: ExitCodes): boolean {
  const code = state?.terminated?.exitCode
  if (!code || (wanted.containerName ?? name) !== name) return false
  return wanted.values.includes(code) === (wanted.operator === 'In')
}
