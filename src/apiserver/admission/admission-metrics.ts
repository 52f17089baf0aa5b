import type { Clock, MaybePromise, MetricRegistry } from '#lib'
import type { AdmissionAttributes } from './admission.ts'

/** What is counted of admission: how long the plugins took one by one, and each of the two steps. */
export interface AdmissionMetrics {
  /** Does the work of one plugin, or of a whole step where there is no name. */
  timed<T>(
    step: AdmissionStep,
    verb: AdmissionAttributes['verb'],
    name: string | undefined,
    work: () => MaybePromise<T>,
  ): MaybePromise<T>
}

/** Upstream's names of the mutating and the validating step. */
type AdmissionStep = 'admit' | 'validate'

const buckets = [0.005, 0.025, 0.1, 0.5, 1, 2.5]
const labels = ['type', 'operation', 'rejected']

export function createAdmissionMetrics(registry: MetricRegistry, clock: Clock): AdmissionMetrics {
  const plugins = registry.histogram({
    name: 'apiserver_admission_controller_admission_duration_seconds',
    help: 'How long an admission plugin took, in seconds, and whether it refused.',
    stability: 'STABLE',
    labels: ['name', ...labels],
    buckets,
  })
  const steps = registry.histogram({
    name: 'apiserver_admission_step_admission_duration_seconds',
    help: 'How long all plugins of a step took together, in seconds, and whether one refused.',
    stability: 'STABLE',
    labels,
    buckets,
  })
  return {
    timed(step, verb, name, work) {
      const startMs = clock.monotonicMs()
      const done = (isRejected: boolean) => {
        const own = [step, verb.toUpperCase(), String(isRejected)]
        const series = name === undefined ? steps(...own) : plugins(name, ...own)
        series.observe((clock.monotonicMs() - startMs) / 1000)
      }
      try {
        const result = work()
        if (result instanceof Promise) {
          result.then(
            () => done(false),
            () => done(true),
          )
        } else done(false)
        return result
      } catch (error) {
        done(true)
        throw error
      }
    },
  }
}
