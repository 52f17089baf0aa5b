import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ClockCondition, resources } from '#api'
import type { KubeObject } from '#machinery'
import { conditionOf } from './wait-for.ts'

/** Whether a condition of the Deployment `web` holds when the API server has this object. */
function holds(object: KubeObject | undefined, wanted: Partial<ClockCondition>): boolean {
  const server = {
    objects: { get: () => object, list: () => [] },
    served: {
      all: resources,
      find: (group: string, version: string, plural: string) =>
        resources.find(
          (each) => each.group === group && each.version === version && each.plural === plural,
        ),
    },
  }
  const condition = { resource: 'deployment', name: 'web', for: 'create', ...wanted }
  // Cast: of the server it only looks up kinds and one object.
  return conditionOf(server as unknown as Parameters<typeof conditionOf>[0], condition)()
}

const deployment = (status: object, generation = 2): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', generation },
  ...{ status },
})

const available = (status: string, observedGeneration = 2) =>
  deployment({ observedGeneration, conditions: [{ type: 'Available', status }] })

test('create and delete ask whether the object is there', () => {
  assert.equal(holds(undefined, { for: 'create' }), false)
  assert.equal(holds(undefined, { for: 'delete' }), true)
  assert.equal(holds(deployment({}), { for: 'create' }), true)
  assert.equal(holds(deployment({}), { for: 'delete' }), false)
})

test('a condition holds with the value asked for, True by default, whatever its case', () => {
  assert.equal(holds(available('True'), { for: 'condition=available' }), true)
  assert.equal(holds(available('False'), { for: 'condition=Available' }), false)
  assert.equal(holds(available('False'), { for: 'condition=Available=false' }), true)
  assert.equal(holds(deployment({}), { for: 'condition=Available' }), false)
})

test('a condition of an older generation does not count', () => {
  assert.equal(holds(available('True', 1), { for: 'condition=Available' }), false)
})

test('a path holds with its value, or with any when none is asked for', () => {
  const object = deployment({ replicas: 3, conditions: [{ type: 'Progressing' }] })
  assert.equal(holds(object, { for: 'jsonpath={.status.replicas}=3' }), true)
  assert.equal(holds(object, { for: 'jsonpath={.status.replicas}=4' }), false)
  assert.equal(holds(object, { for: 'jsonpath={.status.conditions[0].type}=Progressing' }), true)
  assert.equal(holds(object, { for: 'jsonpath={.status.replicas}' }), true)
  assert.equal(holds(object, { for: 'jsonpath={.status.readyReplicas}' }), false)
})

for (const wanted of [
  { for: 'happiness' },
  { for: 'jsonpath={.items[*].a}' },
  { resource: 'unicorns' },
]) {
  test(`what cannot be read is refused: ${JSON.stringify(wanted)}`, () => {
    assert.throws(() => holds(undefined, wanted), { code: 400 })
  })
}
