import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { simulate } from '#testing'

const manifest = readFileSync(
  new URL('../../../examples/statuses/pods.yaml', import.meta.url),
  'utf8',
)

/** What `kubectl get pods` has shown of each of the example's pods within its first minute. */
const shown: Readonly<Record<string, readonly string[]>> = {
  completed: ['Pending', 'ContainerCreating', 'Running', 'Completed'],
  error: ['Error'],
  'crash-loop-back-off': ['Completed', 'CrashLoopBackOff'],
  'oom-killed': ['OOMKilled'],
  pending: ['Pending'],
  'container-creating': ['ContainerCreating'],
  'invalid-image-name': ['InvalidImageName'],
  'err-image-never-pull': ['ErrImageNeverPull'],
  'image-pull-back-off': ['ErrImagePull', 'ImagePullBackOff'],
  'create-container-config-error': ['CreateContainerConfigError'],
  'run-container-error': ['RunContainerError', 'CrashLoopBackOff'],
  'post-start-hook-error': ['PostStartHookError', 'CrashLoopBackOff'],
  'init-0-of-1': ['Init:0/1'],
  'init-crash-loop-back-off': ['Init:Error', 'Init:CrashLoopBackOff'],
  'not-ready': ['Running'],
}

test('each pod of the example gets into the trouble that it is named after', async () => {
  await using cluster = await simulate()
  const seen = new Map(Object.keys(shown).map((name) => [name, new Set<string>()]))
  await cluster.apply(manifest)
  const record = () => {
    for (const [name, statuses] of seen) statuses.add(cluster.pod(name).status)
    return false
  }
  await assert.rejects(cluster.until(record, { within: '1m' }), { code: 'NotReached' })
  for (const [name, statuses] of Object.entries(shown)) {
    const missing = statuses.filter((status) => !seen.get(name)?.has(status))
    assert.deepEqual(missing, [], `${name} showed ${[...(seen.get(name) ?? [])].join(', ')}`)
  }
  assert.equal(cluster.pods().length, Object.keys(shown).length)
  assert.equal(cluster.pod('not-ready').ready, false)
})

test('why tells what holds a pod up that shows nothing of it', async () => {
  await using cluster = await simulate()
  await cluster.apply(manifest)
  await cluster.advance('30s')
  const why = (name: string) => String(cluster.why(`pod/${name}`))
  assert.match(why('container-creating'), /FailedMount .*configmap "not-there" not found/)
  assert.match(why('not-ready'), /Unhealthy .*Readiness probe failed/)
})
