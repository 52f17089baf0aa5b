import { addBudget, looserBudget } from './changes/budgets.ts'
import type { ManifestChange } from './changes/change.ts'
import {
  spreadOverNodes,
  spreadOverZones,
  tolerationSeconds,
  twoReplicas,
} from './changes/placement.ts'
import { livenessProbe, patientProbes, readinessProbe, startupProbe } from './changes/probes.ts'
import { fittingRequests } from './changes/resources.ts'
import {
  minReadySeconds,
  noneUnavailable,
  pullAlways,
  pullIfNotPresent,
} from './changes/rollout.ts'
import { fittingPort, fittingSelector } from './changes/services.ts'
import { grace30, grace60, grace120, preStopSleep } from './changes/stopping.ts'

/** Every change that is tried, those that change least first. */
const manifestChanges: readonly ManifestChange[] = [
  fittingSelector,
  fittingPort,
  readinessProbe,
  startupProbe,
  patientProbes,
  preStopSleep,
  grace30,
  grace60,
  grace120,
  noneUnavailable,
  minReadySeconds,
  looserBudget,
  fittingRequests,
  pullIfNotPresent,
  pullAlways,
  livenessProbe,
  tolerationSeconds,
  spreadOverNodes,
  spreadOverZones,
  addBudget,
  twoReplicas,
]

const placing = [
  'replicas',
  'spread-nodes',
  'spread-zones',
  'toleration-seconds',
  'looser-budget',
  'budget',
] as const
const pausing = ['readiness-probe', 'max-unavailable', 'min-ready-seconds'] as const

/**
 * The changes that have anything to do with a cause, the most likely first. It only says what is tried first:
 * whether a change helps is found by running the changed manifest.
 */
const relevant: Readonly<Record<string, readonly string[]>> = {
  'no-endpoint': ['selector', ...pausing, ...placing, 'startup-probe', 'pull-policy', 'requests'],
  'lost-node': placing,
  'stale-endpoint': ['pre-stop-sleep', 'grace-30s', 'grace-60s'],
  'sent-after-sigterm': ['pre-stop-sleep', 'grace-30s', 'grace-60s'],
  'sent-while-terminating': ['pre-stop-sleep', 'grace-30s', 'grace-60s', 'grace-120s'],
  'cut-off': ['grace-30s', 'grace-60s', 'grace-120s', 'pre-stop-sleep'],
  'stopping-silent': ['pre-stop-sleep', 'grace-30s', 'grace-60s'],
  'no-readiness-probe': ['readiness-probe', 'target-port'],
  'not-listening': ['target-port', 'readiness-probe', 'patient-probes', 'startup-probe'],
  'answered-5xx': ['readiness-probe', 'patient-probes'],
  crashed: ['startup-probe', 'patient-probes', 'replicas'],
  hangs: ['liveness-probe', 'patient-probes', 'readiness-probe'],
  'probe-restarts': ['startup-probe', 'patient-probes'],
  restarts: ['startup-probe', 'patient-probes'],
  'no-pod': ['requests'],
  unfinished: ['looser-budget', 'pull-always', 'replicas', 'grace-60s'],
}

/** The changes that are tried against a cause. */
export function changesFor(cause: string): readonly ManifestChange[] {
  const names = relevant[cause] ?? ['requests', 'pull-policy', 'startup-probe', ...placing]
  return names.flatMap((name) => manifestChanges.find((each) => each.name === name) ?? [])
}
