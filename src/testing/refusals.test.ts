import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Simulation, simulate } from './index.ts'

const refusals: readonly (readonly [
  what: string,
  ask: (cluster: Simulation) => Promise<unknown>,
  error: object,
])[] = [
  ['a time that is none', (cluster) => cluster.advance(-1), { code: 'BadDuration' }],
  [
    'a snapshot of no known type',
    (cluster) => cluster.snapshot('Hot' as never),
    { code: 'BadSnapshotType' },
  ],
  ['a path of an object', (cluster) => cluster.delete('pod/web/log'), { code: 'BadTarget' }],
  [
    'an object without a name',
    (cluster) => cluster.apply('{apiVersion: v1, kind: Pod}'),
    { code: 'BadManifest', message: 'a Pod without a name' },
  ],
  [
    'a clock that is off by ages',
    (cluster) => cluster.fault('skew', { type: 'ClockSkew', node: 'node-1', offset: '99999999h' }),
    /spec\.offset: Invalid value: "99999999h": must be a duration .* of at most 87600h/,
  ],
]

describe('what cannot be meant is refused, and never thrown in place of a promise', () => {
  for (const [what, ask, error] of refusals) {
    test(what, async () => {
      await using cluster = await simulate()
      await assert.rejects(ask(cluster), error)
    })
  }
})
