/** Long lists in every field that is compared with another list: by index, and not by pairs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freezeDeep, type KubeObject, type Stored } from '#machinery'
import type { Pod, StatefulSet } from './generated/types/index.ts'
import { pods, statefulSets } from './index.ts'

const numbers = Array.from({ length: 30_000 }, (_, i) => i)
const containers = [{ name: 'a', image: 'b' }]
const metadata = { name: 'a', namespace: 'b' }

function object<T extends KubeObject>(parts: object): Stored<T> {
  return freezeDeep({ apiVersion: 'v1', metadata, ...parts }) as unknown as Stored<T>
}

const statuses = numbers.map((i) => ({
  name: `c${i}`,
  state: { terminated: { exitCode: 1 } },
}))
const pod = (spec: object, status = {}) => object<Pod>({ spec: { containers, ...spec }, status })

const cases: Readonly<Record<string, () => unknown>> = {
  'tolerations of an updated pod': () => {
    const tolerations = numbers.map((i) => ({ key: `k${i}`, operator: 'Exists' }))
    const old = pod({ tolerations })
    return pods.strategy.validateUpdate(pod({ tolerations: tolerations.toReversed() }), old)
  },
  'statuses of containers': () => {
    const status = pods.subresources?.status
    const many = numbers.map((i) => ({ name: `c${i}`, image: 'b' }))
    const old = pod({ containers: many, restartPolicy: 'Never' }, { containerStatuses: statuses })
    const next = pod(
      { containers: many, restartPolicy: 'Never' },
      { containerStatuses: statuses.toReversed() },
    )
    assert.ok(status?.kind === 'part')
    return status.validateUpdate(next, old)
  },
  'targets of ephemeral containers': () =>
    pods.strategy.validate(
      pod({
        containers: numbers.map((i) => ({ name: `c${i}`, image: 'b' })),
        ephemeralContainers: numbers.map((i) => ({
          name: `e${i}`,
          image: 'b',
          targetContainerName: 'none',
        })),
      }),
    ),
  'label keys of an affinity': () =>
    pods.strategy.validate(
      pod({
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              {
                topologyKey: 'a',
                labelSelector: {},
                matchLabelKeys: numbers.map((i) => `a${i}`),
                mismatchLabelKeys: numbers.map((i) => `b${i}`),
              },
            ],
          },
        },
      }),
    ),
  'volumes of a StatefulSet and its claims': () =>
    statefulSets.strategy.validate(
      object<StatefulSet>({
        spec: {
          selector: { matchLabels: { a: 'b' } },
          template: {
            metadata: { labels: { a: 'b' } },
            spec: { containers, volumes: numbers.map((i) => ({ name: `v${i}`, emptyDir: {} })) },
          },
          volumeClaimTemplates: numbers.map((i) => ({ metadata: { name: `w${i}` } })),
        },
      }),
    ),
}

for (const [name, validate] of Object.entries(cases)) {
  test(`validating 30,000 ${name} does not compare each with each`, () => {
    const before = process.cpuUsage()
    validate()
    const { user, system } = process.cpuUsage(before)
    const spentMs = Math.round((user + system) / 1000)
    assert.ok(spentMs < 2_000, `took ${spentMs} ms`)
  })
}
