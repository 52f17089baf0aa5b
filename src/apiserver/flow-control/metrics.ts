import type { FlowCounts } from './counts.ts'
import type { Level } from './level.ts'
import { currentLimit } from './seats.ts'

const prefix = 'apiserver_flowcontrol_'

/** What priority and fairness do at the moment and have done, with upstream's names. */
export function flowMetrics(levels: readonly Level[], counts: FlowCounts): readonly string[] {
  const gauges: readonly (readonly [string, (level: Level) => number])[] = [
    ['nominal_limit_seats', ({ limits }) => limits.nominal],
    ['lower_limit_seats', ({ limits }) => limits.least],
    ['upper_limit_seats', ({ limits }) => limits.most],
    ['current_limit_seats', (level) => currentLimit(level, limited)],
    ['current_executing_requests', ({ executing }) => executing],
    ['current_executing_seats', ({ taken }) => taken],
    ['current_inqueue_requests', ({ queues }) => queues?.length ?? 0],
    ['current_inqueue_seats', ({ queues }) => queues?.seats ?? 0],
  ]
  const limited = levels.filter(({ form }) => !form.isExempt)
  return [
    ...gauges.flatMap(([name, value]) => [
      `# TYPE ${prefix}${name} gauge`,
      ...levels.map(
        (level) => `${prefix}${name}{priority_level="${level.form.name}"} ${value(level)}`,
      ),
    ]),
    ...counts
      .families()
      .flatMap(([name, type, lines]) => [
        `# TYPE ${prefix}${name} ${type}`,
        ...lines.map((line) => `${prefix}${name}${line}`),
      ]),
  ]
}
