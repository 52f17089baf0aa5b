import type { MetricRegistry, MetricStability } from '#lib'
import type { Level } from './level.ts'
import { currentLimit } from './seats.ts'

type LevelGauge = readonly [
  name: string,
  stability: MetricStability,
  help: string,
  value: (level: Level, limited: readonly Level[]) => number,
]

const gauges: readonly LevelGauge[] = [
  ['nominal_limit_seats', 'BETA', 'The share of a level.', ({ limits }) => limits.nominal],
  ['lower_limit_seats', 'ALPHA', 'The least that a level keeps.', ({ limits }) => limits.least],
  [
    'upper_limit_seats',
    'ALPHA',
    'The most that a level may borrow to.',
    ({ limits }) => limits.most,
  ],
  ['current_limit_seats', 'ALPHA', 'What a level may take at the moment.', currentLimit],
  [
    'current_executing_requests',
    'BETA',
    'Requests that have their seats.',
    ({ executing }) => executing,
  ],
  ['current_executing_seats', 'BETA', 'Seats that are taken.', ({ taken }) => taken],
  [
    'current_inqueue_requests',
    'BETA',
    'Requests that wait for their turn.',
    ({ queues }) => queues?.length ?? 0,
  ],
  [
    'current_inqueue_seats',
    'ALPHA',
    'Seats that waiting requests want.',
    ({ queues }) => queues?.seats ?? 0,
  ],
]

/** What priority and fairness do at the moment, with upstream's names. */
export function observeLevels(registry: MetricRegistry, levels: () => readonly Level[]): void {
  for (const [name, stability, help, value] of gauges) {
    const facts = { name: `apiserver_flowcontrol_${name}`, stability, help, type: 'gauge' } as const
    registry.observed({ ...facts, labels: ['priority_level'] }, () => {
      const all = levels()
      const limited = all.filter(({ form }) => !form.isExempt)
      return all.map((level) => ({ labels: [level.form.name], value: value(level, limited) }))
    })
  }
}
