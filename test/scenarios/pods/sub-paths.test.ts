import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from '#testing'

const using = (mount: string, value = '') => `
apiVersion: v1
kind: Pod
metadata: {name: expr}
spec:
  volumes: [{name: v, emptyDir: {}}]
  containers:
    - name: c
      image: busybox
      command: [sleep, '1000']
      env: [{name: PART, value: '${value}'}]
      volumeMounts: [{name: v, mountPath: /v, ${mount}}]
`

for (const [what, manifest, message] of [
  ['an undefined variable', using("subPathExpr: '$(NOT_SET)/x'"), 'missing value for NOT_SET'],
  ['an empty variable', using("subPathExpr: '$(PART)/x'"), 'missing value for PART'],
  [
    'an absolute path in a variable',
    using("subPathExpr: '$(PART)'", '/etc'),
    'error SubPath `/etc` must not be an absolute path',
  ],
  [
    'a way out in a variable',
    using("subPathExpr: '$(PART)/x'", '..'),
    "unable to provision SubPath `../x`: must not contain '..'",
  ],
] as const) {
  test(`a container whose subPathExpr has ${what} is not started`, async () => {
    await using cluster = await simulate()
    await cluster.apply(manifest)
    await cluster.advance('5s')
    const { status } = cluster.pod('expr').object
    const waiting = status?.containerStatuses?.[0]?.state?.waiting
    assert.deepEqual(waiting, { reason: 'CreateContainerConfigError', message })
    const lines = cluster.log.lines().join('\n')
    assert.ok(lines.includes(`Warning Failed of Pod/expr: Error: ${message}`), lines)
  })
}
