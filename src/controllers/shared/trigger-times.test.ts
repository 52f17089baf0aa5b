import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, Service } from '#api'
import type { Stored } from '#machinery'
import { createTriggerTimes, withTriggerTime } from './trigger-times.ts'

const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time'

const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`

function service(created: string): Stored<Service> {
  const metadata = { name: 's', namespace: 'd', uid: 'u', resourceVersion: '1' }
  const what = { apiVersion: 'v1', kind: 'Service' }
  return { ...what, metadata: { ...metadata, creationTimestamp: created } }
}

function pod(name: string, ready?: string): Stored<Pod> {
  const metadata = { name, namespace: 'd', uid: name, resourceVersion: '1', creationTimestamp: '' }
  const conditions = ready ? [{ type: 'Ready', status: 'True', lastTransitionTime: ready }] : []
  return { apiVersion: 'v1', kind: 'Pod', metadata, status: { conditions } }
}

test('a Service that is seen for the first time was triggered by its creation', () => {
  const times = createTriggerTimes()
  assert.equal(times.next(service(at(1)), [pod('a', at(9))]), at(1))
  times.forget('d/s')
  assert.equal(times.next(service(at(1)), [pod('a', at(9))]), at(1))
})

test('afterwards the earliest change since counts, and none is told where there is none', () => {
  const times = createTriggerTimes()
  times.next(service(at(1)), [pod('a', at(2)), pod('b')])
  assert.equal(times.next(service(at(1)), [pod('a', at(2)), pod('b')]), undefined)
  const both = [pod('a', at(7)), pod('b', at(5)), pod('c')]
  assert.equal(times.next(service(at(1)), both), at(5))
  assert.equal(times.next(service(at(1)), [pod('a', at(7))]), undefined, 'a pod that is gone')
  assert.equal(times.next(service(at(8)), [pod('a', at(7))]), at(8), 'another Service of the name')
})

test('an older time is taken away where no change is known', () => {
  const held = { other: 'x', [triggerTimeAnnotation]: at(1) }
  assert.deepEqual(withTriggerTime(held, undefined), { other: 'x' })
  assert.deepEqual(withTriggerTime(held, at(2)), { other: 'x', [triggerTimeAnnotation]: at(2) })
})
