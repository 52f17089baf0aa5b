import { memoized } from '#lib'
import { baselineChecks } from './checks/baseline.ts'
import type { Check, CheckedPod, CheckPod, PodSecurityViolation } from './checks/check.ts'
import { restrictedChecks } from './checks/restricted.ts'
import type { LevelVersion } from './levels.ts'

const all: readonly Check[] = [...baselineChecks, ...restrictedChecks]
/** The newest version that has checks of its own; later ones have the same. */
const newest = Math.max(...all.flatMap(({ versions }) => versions.map(({ since }) => since)))

/** What a pod may not, by the checks of a level in a version (upstream: `EvaluatePod`). */
export function violationsOf(
  { level, version }: LevelVersion,
  pod: CheckedPod,
): readonly PodSecurityViolation[] {
  if (level === 'privileged') return []
  const minor = version === 'latest' ? newest : Math.min(version, newest)
  return checksOf(`${level} ${minor}`)
    .map((check) => check(pod))
    .filter((violation) => violation !== undefined)
}

/** `privileged (container "c" must not …), hostPort (…)` */
export function detailsText(violations: readonly PodSecurityViolation[]): string {
  return violations.map(({ reason, detail }) => `${reason} (${detail})`).join(', ')
}

const checksOf = memoized(
  (name: string): readonly CheckPod[] => {
    const [level, minor] = name.split(' ')
    const chosen = all
      .filter((check) => level === 'restricted' || check.level === 'baseline')
      .map(({ id, versions }) => ({
        id,
        version: versions.findLast(({ since }) => since <= Number(minor)),
      }))
    const overridden = chosen.flatMap(({ version }) => version?.overrides ?? [])
    return chosen.flatMap(({ id, version }) =>
      version && !overridden.includes(id) ? [version.check] : [],
    )
  },
  2 * (newest + 1),
)
