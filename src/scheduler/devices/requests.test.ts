import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classForResource } from './requests.ts'

const classOf = (name: string, day: number, extendedResourceName?: string) => ({
  ...({ apiVersion: 'resource.k8s.io/v1', kind: 'DeviceClass' } as const),
  metadata: {
    ...{ name, uid: name, resourceVersion: '1' },
    creationTimestamp: `2026-01-0${day}T00:00:00Z`,
  },
  spec: { ...(extendedResourceName && { extendedResourceName }) },
})

test('the newest class stands for a resource, the first of those as old, and each for its own', () => {
  const classes = [
    classOf('old', 1, 'example.com/gpu'),
    classOf('b', 2, 'example.com/gpu'),
    classOf('a', 2, 'example.com/gpu'),
    classOf('other', 3, 'example.com/nic'),
    classOf('none', 4),
  ]
  const found = (resource: string) =>
    classForResource(resource, classes, (name) =>
      classes.find((each) => each.metadata.name === name),
    )?.metadata.name
  assert.equal(found('example.com/gpu'), 'a')
  assert.equal(found('deviceclass.resource.kubernetes.io/old'), 'old')
  assert.equal(found('deviceclass.resource.kubernetes.io/gone'), undefined)
  assert.equal(found('example.com/none'), undefined)
})
