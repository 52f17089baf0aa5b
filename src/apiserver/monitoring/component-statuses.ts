import type { ComponentStatus } from '#api'
import type { Clock } from '#lib'
import type { Stored } from '#machinery'
import type { HealthCheck } from './health.ts'

/** How long a part has to say how it is (upstream: `probeTimeOut`). */
const patienceMs = 20_000

/** Asks all parts at the same time how they are; one that says nothing in time is not well. */
export function statusesOfComponents(
  checks: readonly HealthCheck[],
  clock: Clock,
): Promise<readonly Stored<ComponentStatus>[]> {
  return Promise.all(checks.map((check) => statusOf(check, clock)))
}

async function statusOf(check: HealthCheck, clock: Clock): Promise<Stored<ComponentStatus>> {
  const { name } = check
  const condition = { type: 'Healthy', ...(await conditionOf(check, clock)) }
  const status: ComponentStatus = {
    kind: 'ComponentStatus',
    apiVersion: 'v1',
    metadata: { name },
    conditions: [condition],
  }
  // Cast: upstream's have no more metadata than a name either.
  return status as Stored<ComponentStatus>
}

interface Health {
  readonly status: 'True' | 'False'
  readonly message?: string
  readonly error?: string
}

async function conditionOf({ check }: HealthCheck, clock: Clock): Promise<Health> {
  const late = Promise.withResolvers<string>()
  using _timer = clock.timer(patienceMs, () => late.resolve('no answer in time'))
  try {
    const fault = await Promise.race([check(), late.promise])
    return fault === undefined
      ? { status: 'True', message: 'ok' }
      : { status: 'False', message: fault }
  } catch (error) {
    return { status: 'False', error: String(error) }
  }
}
