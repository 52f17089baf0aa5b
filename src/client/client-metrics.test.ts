import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetricRegistry, createVirtualClock } from '#lib'
import { createClientMetrics } from './client-metrics.ts'
import { createClient } from './typed-client.ts'

test('requests are counted by method and code, and what fails on the way as such', async () => {
  const clock = createVirtualClock()
  const registry = createMetricRegistry()
  const metrics = createClientMetrics(registry, 'in-process', clock)
  let status = 200
  const send = async () => {
    if (status === 0) throw new Error('no connection')
    return { status, headers: {}, body: { kind: 'none' } } as const
  }
  const client = createClient({ send }, { userAgent: 'test', metrics })
  const configMaps = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps' }
  const ref = { ...configMaps, scope: 'Namespaced' } as const
  const cause = { actor: 'a', trigger: { kind: 'timer', purpose: 'test' } } as const
  const remove = () => client.because(cause).delete(ref, { namespace: 'default', name: 'a' })
  await remove()
  for (status of [404, 0]) await assert.rejects(remove())
  const text = registry.text()
  for (const code of ['200', '404', '<error>']) {
    assert.match(
      text,
      new RegExp(
        `rest_client_requests_total{code="${code}",host="in-process",method="DELETE"} 1\n`,
      ),
    )
  }
  assert.match(text, /request_duration_seconds_count\{host="in-process",verb="DELETE"\} 3\n/)
})
