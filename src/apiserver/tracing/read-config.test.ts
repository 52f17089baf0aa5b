import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTracingConfiguration } from './read-config.ts'

const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: TracingConfiguration\n'

test('a configuration is read, with an endpoint or without', () => {
  assert.deepEqual(readTracingConfiguration(head), {})
  const whole = `${head}endpoint: unix:///run/otel.sock\nsamplingRatePerMillion: 100\n`
  assert.deepEqual(readTracingConfiguration(whole), {
    endpoint: 'unix:///run/otel.sock',
    samplingRatePerMillion: 100,
  })
})

for (const [text, why] of [
  [`${head}samplingRatePerMillion: -1`, 'sampling rate must be positive'],
  [
    `${head}samplingRatePerMillion: 1000001`,
    'sampling rate per million must be less than or equal to one million',
  ],
  [`${head}endpoint: http://localhost:4318`, 'unsupported scheme: http.  Options are none, dns'],
  [`${head}rate: 1`, 'strict decoding error: unknown field "rate"'],
  [`${head}endpoint: 1`, 'cannot unmarshal number into Go struct field'],
  ['kind: Policy\napiVersion: audit.k8s.io/v1', 'no kind "Policy" is registered for version'],
] as const) {
  test(`a configuration is refused: ${why}`, () => {
    assert.throws(
      () => readTracingConfiguration(text),
      (error: Error & { readonly code?: string }) =>
        error.code === 'BadTracingConfig' && error.message.includes(why),
    )
  })
}
