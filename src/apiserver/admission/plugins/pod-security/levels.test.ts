import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldErrorMessage } from '#machinery/validation'
import { podSecurityDefaults } from './configuration.ts'
import { levelVersionText, modes, policyOf } from './levels.ts'

const prefix = 'pod-security.kubernetes.io/'

function read(labels: Readonly<Record<string, string>>, more: object = {}) {
  const named = Object.entries(labels).map(([key, value]) => [`${prefix}${key}`, value])
  const defaults = { ...podSecurityDefaults.defaults, ...more }
  const { policy, errors } = policyOf(Object.fromEntries(named), defaults)
  return [modes.map((mode) => levelVersionText(policy[mode])), errors.map(fieldErrorMessage)]
}

const nothing = 'privileged:latest'

test('each mode has its level and version', () => {
  const labels = {
    enforce: 'baseline',
    'enforce-version': 'v1.30',
    audit: 'restricted',
    'audit-version': 'latest',
    warn: 'restricted',
    'warn-version': 'v1.0',
  }
  assert.deepEqual(read(labels), [['baseline:v1.30', 'restricted:latest', 'restricted:v1.0'], []])
  assert.deepEqual(read({}), [[nothing, nothing, nothing], []])
})

test('what is refused is warned of too, unless more is said about warnings', () => {
  const enforced = { enforce: 'baseline', 'enforce-version': 'v1.30' }
  assert.deepEqual(read(enforced)[0], ['baseline:v1.30', nothing, 'baseline:v1.30'])
  assert.deepEqual(read({ ...enforced, 'warn-version': 'v1.29' })[0]?.[2], 'baseline:v1.29')
  assert.deepEqual(read({ ...enforced, warn: 'privileged' })[0]?.[2], nothing)
  const stricter = { warn: { level: 'restricted', version: 'latest' } }
  assert.deepEqual(read(enforced, stricter)[0]?.[2], 'restricted:latest')
})

test('what cannot be read is refused, and until then taken for the safe side', () => {
  const label = (name: string) => `metadata.labels[${prefix}${name}]: Invalid value: `
  const levels = 'must be one of privileged, baseline, restricted'
  assert.deepEqual(read({ enforce: 'Baseline', audit: 'x', warn: '' }), [
    ['restricted:latest', nothing, nothing],
    [
      `${label('enforce')}"Baseline": ${levels}`,
      `${label('audit')}"x": ${levels}`,
      `${label('warn')}"": ${levels}`,
    ],
  ])
  for (const version of ['1.30', 'v1.030', 'v2.0', 'v1.', '']) {
    const [texts, errors] = read({ enforce: 'baseline', 'enforce-version': version })
    assert.equal(texts?.[0], 'baseline:latest', version)
    assert.deepEqual(errors, [
      `${label('enforce-version')}"${version}": must be "latest" or "v1.x"`,
    ])
  }
})
