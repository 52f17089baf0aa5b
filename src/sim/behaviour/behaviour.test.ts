import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { systemClock } from '#lib'
import type { Behaviour, BehaviourRules } from './behaviour.ts'
import { parseBehaviourFile } from './behaviour-file.ts'
import { type BehaviourKey, knownKeys } from './keys.ts'
import { parseBehaviour } from './parse-behaviour.ts'
import { behaviourSchema } from './schema.ts'

function parsed(annotations: Readonly<Record<string, string>>, rules?: BehaviourRules): Behaviour {
  return parseBehaviour({
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [`sim.knarr.dev/${key}`, value]),
    ),
    container: 'web',
    namespace: 'shop',
    pod: 'web-1',
    labels: { app: 'web' },
    image: 'example.com/web:1',
    ports: [80],
    ...(rules ? { rules } : {}),
  })
}

const readings: Readonly<Record<BehaviourKey, readonly [string, Partial<Behaviour>]>> = {
  startup: ['1m30s', { startupMs: 90_000 }],
  ready: [
    'after 5s',
    {
      ready: [
        { fromMs: 0, isReady: false },
        { fromMs: 5000, isReady: true },
      ],
    },
  ],
  'exit-after': ['10s', { exitAfterMs: 10_000 }],
  'exit-code': ['3', { exitCode: 3 }],
  memory: ['64Mi', { memoryBytes: 64 * 2 ** 20 }],
  'memory-growth': ['1k', { memoryBytesPerMs: 1 }],
  cpu: ['500m', { cpuCores: 0.5 }],
  'on-sigterm': ['drain 5s', { onTerm: { kind: 'drain', ms: 5000 } }],
  latency: ['20ms', { latencyMs: 20 }],
  answers: [
    '/healthz=500, /=200',
    {
      answers: [
        ['/healthz', 500],
        ['/', 200],
      ],
    },
  ],
  admission: ['deny not here', { admission: { kind: 'deny', text: 'not here' } }],
  conversion: [
    '{"v2": [{"op": "remove", "path": "/a"}]}',
    { conversion: { v2: [{ op: 'remove', path: '/a' }] } },
  ],
  'fail-exec': ['migrate', { failExec: 'migrate' }],
  'start-error': ['no such thing', { startError: 'no such thing' }],
  image: ['missing', { image: 'missing' }],
  'image-user': ['65532', { imageUser: 65532 }],
  'image-size': ['1G', { imageSizeBytes: 1e9 }],
}

describe('behaviour', () => {
  for (const key of knownKeys) {
    test(`${key} is read, and fits its schema`, () => {
      const [text, expected] = readings[key]
      const behaviour: Readonly<Record<string, unknown>> = { ...parsed({ [key]: text }) }
      for (const [name, value] of Object.entries(expected)) assert.deepEqual(behaviour[name], value)
      const { pattern = '' } = behaviourSchema().properties[key] ?? {}
      assert.match(text, new RegExp(pattern))
    })
  }

  test('what is said for one container comes before what is said for all', () => {
    const annotations = { latency: '1s', 'latency.web': '2s', 'latency.other': '3s' }
    assert.equal(parsed(annotations).latencyMs, 2000)
  })

  test('the first rule that matches counts, and annotations come before it', () => {
    const rules = parseBehaviourFile(`
rules:
  - {match: {namespace: other}, behaviour: {latency: 9s}}
  - {match: {image: 'example.com/*', labels: {app: web}}, behaviour: {latency: 1s, cpu: 2}}
  - {match: {}, behaviour: {latency: 8s}}
`)
    assert.equal(parsed({}, rules).latencyMs, 1000)
    assert.equal(parsed({}, rules).cpuCores, 2)
    assert.equal(parsed({ latency: '5s' }, rules).latencyMs, 5000)
  })

  const refusals: readonly (readonly [string, () => unknown, RegExp])[] = [
    [
      'an unknown key',
      () => parsed({ startpu: '5s' }),
      /unknown behaviour key "startpu" \(startup\?\)/,
    ],
    ['an impossible duration', () => parsed({ latency: '-5s' }), /latency: not a duration: "-5s"/],
    ['an impossible quantity', () => parsed({ memory: 'much' }), /memory: not a quantity: "much"/],
    ['an impossible exit code', () => parsed({ 'exit-code': '256' }), /not an exit code: "256"/],
    ['an impossible schedule', () => parsed({ ready: 'soon' }), /not a schedule: "soon"/],
    ['an impossible end', () => parsed({ 'on-sigterm': 'laugh' }), /not a way to end: "laugh"/],
    ['an impossible answer', () => parsed({ answers: '/=ok' }), /not answers: "\/=ok"/],
    ['an impossible image', () => parsed({ image: 'blue' }), /not how a registry answers: "blue"/],
    [
      'an answer of no webhook',
      () => parsed({ admission: 'perhaps' }),
      /not what an admission webhook answers: "perhaps"/,
    ],
    [
      'a patch that is none',
      () => parsed({ admission: 'patch {}' }),
      /not what an admission webhook answers/,
    ],
    [
      'conversions that are no patches',
      () => parsed({ conversion: '{"v2": 1}' }),
      /not patches by version/,
    ],
    ['a file without rules', () => parseBehaviourFile('a: b'), /a list named rules/],
    [
      'a rule with an unknown match',
      () => parseBehaviourFile('rules: [{match: {moon: full}, behaviour: {}}]'),
      /rules\[0\]\.match: unknown member moon/,
    ],
    [
      'a rule with an impossible value',
      () => parseBehaviourFile('rules: [{behaviour: {latency: soon}}]'),
      /behaviour latency: not a duration: "soon"/,
    ],
  ]

  for (const [what, read, message] of refusals) {
    test(`${what} is refused by name`, () => {
      assert.throws(read, { code: 'BadBehaviour', message })
    })
  }

  const guesses: readonly (readonly [given: string, guess: string])[] = [
    ['exit-cod', ' (exit-code?)'],
    ['exit_after', ' (exit-after?)'],
    ['memory-growht', ' (memory-growth?)'],
    ['image-siez', ' (image-size?)'],
    ['sigterm', ' (on-sigterm?)'],
    ['answer', ' (answers?)'],
    ['', ''],
    ['x', ''],
    ['restart', ''],
    ['image-pull-policy', ''],
  ]
  for (const [given, guess] of guesses) {
    test(`${given || 'an empty key'} ${guess ? `is told to be near${guess}` : 'is near to none'}`, () => {
      const message = `unknown behaviour key "${given}"${guess}; known are`
      assert.throws(
        () => parsed({ [given]: '1' }),
        (error: Error) => error.message.includes(message),
      )
    })
  }

  test('values and patterns that no reader gets through are refused at once', () => {
    const before = systemClock.monotonicMs()
    assert.throws(() => parsed({ ready: `${' '.repeat(100_000)}x` }), /not a schedule/)
    const match = `match: {pod: '${'*a'.repeat(30)}*b'}`
    const rules = parseBehaviourFile(`rules: [{${match}, behaviour: {latency: 1s}}]`)
    const target = {
      annotations: {},
      container: '',
      namespace: '',
      labels: {},
      image: '',
      ports: [],
    }
    assert.equal(parseBehaviour({ ...target, pod: 'a'.repeat(250), rules }).latencyMs, 0)
    assert.ok(systemClock.monotonicMs() - before < 2000)
  })
})
